"""A power cut in the middle of what is written."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

WRITES = re.compile(r"\s*(INSERT|UPDATE|WITH)\b")


class PowerCut(Exception):
    """The program ends here."""


@contextmanager
def power_cut_at(statement: int) -> Iterator[None]:
    """
    Let so many writes to our tables through, less one.

    Writes only: once a batch is finished, one that fails to look for the next leaves it finished.
    """
    left = statement

    def run(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal left
        if "oscar_loyalty_" in sql and WRITES.match(sql):
            left -= 1
            if left == 0:
                raise PowerCut
        return execute(sql, *rest)

    with connection.execute_wrapper(run):
        yield
