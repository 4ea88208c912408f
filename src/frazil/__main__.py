"""`python -m frazil`."""

import sys

from frazil.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
