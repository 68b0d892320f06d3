"""``python -m synthvision``: the same as the command ``synthvision``."""

from __future__ import annotations

import sys

from synthvision.cli.main import run

if __name__ == "__main__":
    sys.exit(run())
