"""What takes long: CI looks at a part of it, `make nightly` at all."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

import pytest

Thing = TypeVar("Thing")

THOROUGH = bool(os.environ.get("THOROUGH"))
#: Pages are slow: of a test with many cases every other one is enough for today.
FEWER_PAGES = bool(os.environ.get("FEWER_PAGES")) and not THOROUGH


def some(things: Sequence[Thing], *, one_in: int) -> Sequence[Thing]:
    """One in so many of them, the first always; all where THOROUGH is set."""
    return things if THOROUGH else things[::one_in]


def every_other_case(items: Iterable[pytest.Item], *, folder: str) -> list[pytest.Item]:
    """The second, fourth, sixth ... case of each test in that folder."""
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if folder in item.path.parts and hasattr(item, "callspec"):
            cases[item.nodeid.partition("[")[0]].append(item)
    return [item for found in cases.values() for item in found[1::2]]
