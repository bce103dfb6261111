"""`python -m mesodrive` is the command `mesodrive`."""

import sys

from mesodrive.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
