"""`python -m frazil`."""

from frazil.cli.entry import process

if __name__ == "__main__":
    process()
