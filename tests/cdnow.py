"""
Where the CDNOW order histories are: real data that this repository does not carry.

They come with a wheel whose own requirements are heavy and not needed:
``pip install --no-deps lifetimes==0.11.3``, which ``make env`` does.
"""

from importlib import metadata
from pathlib import Path

MISSING = "needs the CDNOW files: pip install --no-deps lifetimes==0.11.3"


def file(name: str) -> Path | None:
    """The path of ``CDNOW_sample.txt`` or ``CDNOW_master.txt``; None where it is not installed."""
    try:
        installed = metadata.distribution("lifetimes")
    except metadata.PackageNotFoundError:
        return None
    path = Path(str(installed.locate_file(f"lifetimes/datasets/{name}")))
    return path if path.exists() else None
