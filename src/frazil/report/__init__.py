"""What results look like: pure functions from a value to lines for a person or to an object for a program."""
