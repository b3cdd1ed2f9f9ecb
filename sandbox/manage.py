#!/usr/bin/env python
"""The sandbox shop's command line."""

import os
import sys
from pathlib import Path

# Python puts this file's folder first, where our celery.py would hide the real Celery.
sys.path[0] = str(Path(__file__).resolve().parent.parent)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
