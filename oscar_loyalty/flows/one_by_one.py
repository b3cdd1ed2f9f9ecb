"""Many things are done, and one that fails stops no other."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

Thing = TypeVar("Thing")
Answer = TypeVar("Answer")

logger = logging.getLogger("oscar_loyalty")


def run(things: Iterable[Thing], do: Callable[[Thing], Answer]) -> list[Answer]:
    """
    What `do` answers for every one of them; one that fails is logged, and stops no other.

    :raises RuntimeError: at the end, if some have failed.
    """
    answers, failed = [], 0
    for thing in things:
        try:
            answers.append(do(thing))
        except Exception:
            logger.exception("loyalty: %r failed", thing)
            failed += 1
    if failed:
        raise RuntimeError(f"{failed} failed, {len(answers)} done")
    return answers
