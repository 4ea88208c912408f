"""The command line: parse, plain arguments, a verb, a value, render."""
