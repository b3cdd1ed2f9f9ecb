"""Our statements fail, one at a time or all: by asking the database for what it does not have."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

import oscar_loyalty

OURS = f"{Path(oscar_loyalty.__file__).parent}/"
#: Only on a dead connection do these fail, and there the shop's own statements fail too.
FRAMES = ("SAVEPOINT", "RELEASE", "ROLLBACK")
#: Fails for real: on PostgreSQL the transaction is broken by it, as by any statement that fails.
BROKEN = "SELECT 1 FROM oscar_loyalty_nothing"


@contextmanager
def our_statements(fail_at: int | None = None) -> Iterator[list[str]]:
    """Gather the statements that our code causes; the one with that number fails, 0 is all."""
    seen: list[str] = []

    def run(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not is_ours(sql):
            return execute(sql, params, many, context)
        seen.append(sql)
        if fail_at in (0, len(seen)):
            return execute(BROKEN, None, False, context)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(run):
        yield seen


def is_ours(sql: str) -> bool:
    """Whether the statement is about our tables or sent by our code, at however many removes."""
    if sql.startswith(FRAMES):
        return False
    if "oscar_loyalty_" in sql:
        return True
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.startswith(OURS):
            return True
        frame = frame.f_back
    return False
