"""``python -m fourthwall.cli``."""

import sys

from fourthwall.cli import main

if __name__ == "__main__":
    sys.exit(main())
