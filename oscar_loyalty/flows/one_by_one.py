"""Many things are done, and one that fails stops no other."""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

from django.db import DatabaseError, transaction

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


def chunks_of(account_ids: Iterable[int], *, size: int = 500) -> Iterator[list[int]]:
    """The accounts in chunks, as they come, each small enough to be locked for a moment."""
    left = iter(account_ids)
    while chunk := list(islice(left, size)):
        yield chunk


def run_chunks(chunks: Iterable[list[int]], do: Callable[[list[int]], int]) -> int:
    """
    The sum of what `do` answers for every chunk, each in a transaction of its own.

    Where the database refuses a chunk, each of its accounts is done by itself: books that are
    broken must not stop the others.

    :raises RuntimeError: at the end, if some have failed.
    """

    def attempt(chunk: list[int]) -> int:
        try:
            with transaction.atomic():
                return do(chunk)
        except DatabaseError:
            if len(chunk) == 1:
                raise
            return sum(run(([account_id] for account_id in chunk), attempt))

    return sum(run(chunks, attempt))
