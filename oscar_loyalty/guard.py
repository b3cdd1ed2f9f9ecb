"""Keeps our failures out of Oscar: whatever goes wrong inside is logged, never raised."""

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

from django.db import connection, transaction

from oscar_loyalty import conf

logger = logging.getLogger("oscar_loyalty")

Answer = TypeVar("Answer")


def guarded(
    receiver: Callable[..., None] | None = None,
    *,
    when: Callable[..., bool] = lambda **kwargs: True,
    or_else: Callable[..., None] = lambda **kwargs: None,
) -> Any:
    """
    Run a signal receiver in a savepoint of its own and never raise into the sender.

    Without the savepoint a swallowed database error would still break the shop's transaction
    (ATOMIC_REQUESTS) and with it an order that is already paid. It costs statements, which a signal
    that is none of our business is spared by `when`. Where it was our business and we failed,
    `or_else` is told, with no database to ask.
    """
    if receiver is None:
        return functools.partial(guarded, when=when, or_else=or_else)
    receive = receiver

    @functools.wraps(receive)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        ours = False
        try:
            ours = when(**kwargs)
            if ours:
                with transaction.atomic(), within_lock_timeout():
                    receive(*args, **kwargs)
        except Exception:
            logger.exception("loyalty: %s failed; the shop went on without it", _name(receive))
            if ours:
                or_else(**kwargs)

    return wrapper


@contextmanager
def within_lock_timeout() -> Iterator[None]:
    """On PostgreSQL, wait for a lock only as long as a shopper would, and then as before."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)",
            [f"{conf.LOCK_TIMEOUT_MS()}ms"],
        )
        before, _now = cursor.fetchone()
        yield
        # The shop's own transaction goes on behind ours, if there is one.
        if connection.savepoint_ids:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])


def sheltered() -> AbstractContextManager[Any]:
    """Keep a read that fails from spoiling a transaction: only inside of one for a savepoint."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def harmless(fallback: Answer) -> Callable[[Callable[..., Answer]], Callable[..., Answer]]:
    """Make a hook that Oscar calls answer `fallback` where it would have raised."""

    def decorate(hook: Callable[..., Answer]) -> Callable[..., Answer]:
        @functools.wraps(hook)
        def wrapper(*args: Any, **kwargs: Any) -> Answer:
            try:
                with sheltered():
                    return hook(*args, **kwargs)
            except Exception:
                logger.exception("loyalty: %s failed", _name(hook))
                return fallback

        return wrapper

    return decorate


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"
