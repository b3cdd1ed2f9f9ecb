"""
What grows with the history: award, balance and account page at ten thousand to a million rows.

Counts what the server did for our statements (EXPLAIN with ANALYZE and BUFFERS), so that other work
on the machine does not show: blocks touched and milliseconds, medians over many members.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from statistics import median
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from benchmarks import database
from benchmarks.report import Line
from oscar_loyalty.models import Programme
from oscar_loyalty.program.ledger import queries, services
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from tests import world

ENTRIES_EACH = 10
LOOKS = 20
AT = datetime(2026, 1, 1, tzinfo=timezone.utc)
#: How many times the blocks at ten thousand rows each may touch at the most.
GROWTH = {"award": 1.25, "balance": 1.25, "account page": 1.3}


@dataclass(frozen=True)
class Cost:
    """What one operation made the server do."""

    statements: int
    blocks: float
    milliseconds: float


def measure(rows: int) -> Iterator[Line]:
    """Each operation at each size, and the growth from the smallest to the largest."""
    Programme.objects.all().delete()
    world.programme()
    sizes = [size for size in (10_000, 100_000, 1_000_000, 10_000_000) if size <= rows] or [rows]
    costs = {size: _costs(size) for size in sizes}
    for name, limit in GROWTH.items():
        for size in sizes:
            cost = costs[size][name]
            what = f"{name} at {size:,} ledger rows ({cost.statements} statements)"
            yield Line(f"{what}: milliseconds", cost.milliseconds, digits=3)
            yield Line(f"{what}: blocks", cost.blocks, digits=0)
        growth = costs[sizes[-1]][name].blocks / costs[sizes[0]][name].blocks
        yield Line(f"{name}: blocks at {sizes[-1]:,} against {sizes[0]:,}", growth, limit)
    yield Line("balance: statements", costs[sizes[-1]]["balance"].statements, 1, digits=0)
    yield Line("balance: blocks", costs[sizes[-1]]["balance"].blocks, 4, digits=0)


def _costs(rows: int) -> dict[str, Cost]:
    members = max(rows // ENTRIES_EACH, 1)
    database.fill(members, ENTRIES_EACH)
    chosen = [1 + look * members // LOOKS for look in range(LOOKS)]
    return {
        "award": cost_of(_award, chosen),
        "balance": cost_of(queries.balance_of, chosen),
        "account page": cost_of(_account_page, chosen),
    }


def _award(member: int) -> None:
    cause = Cause("earn", f"earn:growth-{member}", f"growth-{member}")
    services.accrue(member, Accrual(10, cause, AT))


def _account_page(member: int) -> None:
    client = Client()
    client.force_login(get_user_model().objects.get(pk=member))
    assert client.get(reverse("oscar_loyalty:account")).status_code == 200


def cost_of(operation: Callable[[int], object], members: list[int]) -> Cost:
    """What the operation costs at each of these members, all but the first: medians."""
    operation(members[0])  # the first look fills caches that every process has
    looked = [_explained(_ours(operation, member)) for member in members[1:]]
    return Cost(
        statements=max(cost.statements for cost in looked),
        blocks=median(cost.blocks for cost in looked),
        milliseconds=median(cost.milliseconds for cost in looked),
    )


def _ours(operation: Callable[[int], object], member: int) -> list[tuple[str, Any]]:
    """The statements of ours that an operation sends; what it wrote is rolled back."""
    seen: list[tuple[str, Any]] = []

    def see(execute, sql, params, many, context):
        if "oscar_loyalty" in sql:
            seen.append((sql, params))
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(see):
        operation(member)
        transaction.set_rollback(True)
    return seen


def _explained(statements: list[tuple[str, Any]]) -> Cost:
    blocks, milliseconds = 0, 0.0
    for sql, params in statements:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
            (said,) = cursor.fetchone()
            transaction.set_rollback(True)
        (plan,) = json.loads(said) if isinstance(said, str) else said
        blocks += plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
        milliseconds += plan["Planning Time"] + plan["Execution Time"]
    return Cost(len(statements), blocks, milliseconds)
