"""What the user declared: configuration, environments, targets and their requirements, as values."""
