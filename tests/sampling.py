"""What takes long: CI looks at a part of it, `make nightly` at all."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeVar

import pytest

Thing = TypeVar("Thing")

THOROUGH = bool(os.environ.get("THOROUGH"))
#: A second database and pages are slow: of a test with many cases every fourth is enough there.
FEWER_CASES = bool(os.environ.get("FEWER_CASES")) and not THOROUGH


def some(things: Sequence[Thing], *, one_in: int) -> Sequence[Thing]:
    """One in so many of them, the first always; all where THOROUGH is set."""
    return things if THOROUGH else things[::one_in]


def all_but_every_fourth_case(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """The second to fourth, the sixth to eighth ... case of each test."""
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if hasattr(item, "callspec"):
            cases[item.nodeid.partition("[")[0]].append(item)
    return [item for found in cases.values() for place, item in enumerate(found) if place % 4]
