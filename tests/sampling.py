"""What takes long: CI looks at a part of it, `make nightly` at all."""

import os
from collections.abc import Sequence
from typing import TypeVar

Thing = TypeVar("Thing")

THOROUGH = bool(os.environ.get("THOROUGH"))


def some(things: Sequence[Thing], *, one_in: int) -> Sequence[Thing]:
    """One in so many of them, the first always; all where THOROUGH is set."""
    return things if THOROUGH else things[::one_in]
