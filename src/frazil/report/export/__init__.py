"""A lock in the formats of others: what installs it, what audits it, what draws it."""
