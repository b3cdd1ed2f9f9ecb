"""Several threads that start at the same moment, each with a connection of its own."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections

from oscar_loyalty.errors import LoyaltyError

#: Of a machine that is busy with other tests, a lock may ask for more patience than a shopper has.
LONG_ENOUGH_MS = 20_000
#: A thread that never arrives must not make the others wait for ever.
PATIENCE = 30


def at_once(acts: Iterable[Callable[[], Any]]) -> list[Any]:
    """What each answered, or the code of its refusal; the first other failure is raised here."""
    acts = list(acts)
    gate = Barrier(len(acts))
    failures: list[Exception] = []

    def run(act: Callable[[], Any]) -> Any:
        try:
            gate.wait(PATIENCE)
            return act()
        except LoyaltyError as refusal:
            return refusal.code
        except Exception as failure:
            # Of those who wait for one that has failed, all fail later.
            failures.append(failure)
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        answers = list(pool.map(run, acts))
    if failures:
        raise failures[0]
    return answers
