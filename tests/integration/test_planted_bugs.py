"""
The net bites: bugs planted in the ledger, one at a time, are all found by the machine.

Each names the place, what stands there, and the mistake somebody could make. A bug that survives
fails the test, and so does one whose place has changed: then plant it anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from types import ModuleType

import pytest
from django.db import connection

from oscar_loyalty.program.ledger import policy, queries, services
from tests.ledger_machine import ALICE, BOB, HastyMachine, LedgerMachine
from tests.planting import planted

# Each walk is a transaction of its own: in one that lasts, PostgreSQL would wade through all that
# was rolled back before.
pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Bug:
    """A mistake at one place; `only_on` names the database that takes this path."""

    module: ModuleType
    name: str
    right: str
    wrong: str
    only_on: str = ""


BUGS = {
    "the second lot gives one too many": Bug(
        policy, "draw", "min(points, lot.remaining)", "min(points + bool(draws), lot.remaining)"
    ),
    "a lot gives more than it has": Bug(policy, "draw", "min(points, lot.remaining)", "points"),
    "a debt is forgiven": Bug(
        policy, "debt_paid", "return min(points, max(-balance, 0))", "return 0"
    ),
    "a debt is forgiven by the single statement": Bug(
        services,
        "_ACCRUE_AT_ONCE",
        "LEAST(%(points)s, GREATEST(%(points)s - balance, 0))",
        "0::bigint",
        only_on="postgresql",
    ),
    "a debt is paid without end by the single statement": Bug(
        services,
        "_ACCRUE_AT_ONCE",
        "LEAST(%(points)s, GREATEST(%(points)s - balance, 0))",
        "GREATEST(%(points)s - balance, 0)",
        only_on="postgresql",
    ),
    "debtors wait for points that were swallowed": Bug(
        services, "_LOCK_AND_ADD", "THEN balance + %(points)s", "THEN %(points)s", only_on="sqlite"
    ),
    "debtors wait for points that were swallowed, at once": Bug(
        services,
        "_ACCRUE_AT_ONCE",
        "THEN balance + %(points)s",
        "THEN %(points)s",
        only_on="postgresql",
    ),
    "a history does not count its entries": Bug(services, "_append", "account.seq += 1", "pass"),
    "a debit does not count its entry": Bug(services, "_debit", "account.seq += 1", "pass"),
    "a history forgets what is pending": Bug(
        services,
        "_follow_the_entries",
        'Coalesce(Subquery(waiting.values("points")), 0)',
        'F("pending")',
    ),
    "pending points are taken but stay pending": Bug(
        services, "_debit", "account.pending -=", "account.held +="
    ),
    "the balance after is the one before": Bug(
        services,
        "_debit",
        "balance_after=account.balance",
        "balance_after=account.balance + points",
    ),
    "one draw is not written down": Bug(
        services,
        "_debit",
        "points=drawn.points) for drawn in draws",
        "points=drawn.points) for drawn in draws[:1]",
    ),
    "an empty lot stays open": Bug(
        services, "_debit", "remaining__gt=drawn.points", "remaining__gte=drawn.points"
    ),
    "the seal is that of a credit": Bug(
        services, "_debit", "policy.digest(account.pk, -points", "policy.digest(account.pk, points"
    ),
    "a key with another amount passes": Bug(
        services, "_posted_before", "known != (account_id, points)", "known[0] != account_id"
    ),
    "a key of another account passes": Bug(
        services, "_posted_before", "known != (account_id, points)", "known[1] != points"
    ),
    "a correction is posted again": Bug(
        services, "adjust", "if _posted_before(account_id, points, cause)", "if False"
    ),
    "pending points can be taken": Bug(
        services, "adjust", "account.spendable < -points", "account.balance < -points"
    ),
    "the last point cannot be taken": Bug(
        services, "adjust", "account.spendable < -points", "account.spendable <= -points"
    ),
    "absurd points pass": Bug(services, "_refuse_absurd", "0 < points <=", "points <="),
    "a settlement looks at the first award only": Bug(
        services, "settle_order", "target - (given - taken)", "target - first.points"
    ),
    "a settlement forgets what was given back": Bug(
        services, "settle_order", "target - (given - taken)", "target - given"
    ),
    "two clawbacks share a key": Bug(
        services, "settle_order", "{taken - difference}", "{-difference}"
    ),
    "two restorations share a key": Bug(
        services, "settle_order", "{given + difference}", "{difference}"
    ),
    "a settlement stops halfway": Bug(
        services, "settle_order", "with transaction.atomic():", "if True:"
    ),
    "a correction stops halfway": Bug(services, "adjust", "with transaction.atomic():", "if True:"),
    "a maturing stops halfway": Bug(services, "_mature", "with transaction.atomic():", "if True:"),
    "points that return can be spent at once": Bug(
        services, "_again", "pending=first.pending and", "pending=False and"
    ),
    "points that return wait for a day gone by": Bug(
        services, "_again", "first.available_at <= at", "first.available_at < at"
    ),
    "points that return live for ever": Bug(
        services, "_again", "expires_at=first.expires_at", "expires_at=None"
    ),
    "points mature before their day": Bug(
        services,
        "mature_due",
        "Q(account_id__in=chunk, available_at__lte=at)",
        "Q(account_id__in=chunk)",
    ),
    "a status matures other orders": Bug(
        services, "mature_order", ", entry__order_number=order_number", ""
    ),
    "what was drawn matures too": Bug(services, "_mature", 'Sum("remaining")', 'Sum("points")'),
    "points that never lapse pay first": Bug(
        queries, "open_lots", "nulls_last=True", "nulls_first=True"
    ),
    "points that lapse last pay first": Bug(queries, "open_lots", ".asc(", ".desc("),
    "pending points pay first": Bug(queries, "open_lots", '"pending", F', '"-pending", F'),
    "an order takes from others first": Bug(
        queries, "open_lots", "then=Value(False)", "then=Value(True)"
    ),
    "movements of all orders are summed": Bug(
        queries, "movements_of", ", order_number=order_number", ""
    ),
}

#: The walks that find most come first; the others are in reserve.
SEEDS = (1, 0, 11, 5, *range(20, 40))


def test_every_planted_bug_is_found():
    survivors = []
    for mistake, bug in BUGS.items():
        if bug.only_on not in ("", connection.vendor):
            continue
        with planted(bug.module, bug.name, bug.right, bug.wrong):
            if not is_found():
                survivors.append(mistake)
    assert survivors == []


def test_nothing_is_found_where_nothing_is_planted():
    assert not is_found(SEEDS[:10])


def is_found(seeds: Iterable[int] = SEEDS) -> bool:
    """Whether walks that are the same in every run lead to a failure of any kind."""
    for seed in seeds:
        machine = HastyMachine()
        try:
            walk(machine, Random(seed))
        except Exception:
            machine.abandon()
            return True
        try:
            machine.teardown()
        except AssertionError:
            return True
    return False


def walk(machine: LedgerMachine, dice: Random, steps: int = 40) -> None:
    """The machine's own steps, the telling ones more often than chance would have them."""
    for _step in range(steps):
        name, points, index = dice.choice("aab"), dice.randint(1, 12), dice.choice([1, 1, 2, 3])
        who = {"a": ALICE, "b": BOB}[name]
        terms = (
            who,
            points,
            dice.choice(["at-once", "on-status", 1, 2]),
            dice.choice([None, 9, 5]),
        )
        moves = [
            (4, machine.an_order_earns, terms),
            (1, machine.an_order_is_born_cancelled, terms),
            (1, machine.a_bonus, (who, dice.choice([points, points, 0]), None)),
            (
                2,
                machine.the_same_cause_again,
                (index, dice.choice([None, ALICE, BOB]), dice.choice([0, 0, 1])),
            ),
            (2, machine.an_order_is_cancelled, (index,)),
            (2, machine.an_order_is_reinstated, (index,)),
            (2, machine.an_order_is_refunded_in_part, (index, dice.randint(2, 4))),
            (1, machine.a_debt_is_made, (index,)),
            (2, machine.a_correction, (who, dice.randint(-15, 5))),
            (1, machine.all_is_spent, (who,)),
            (2, machine.days_pass, (1,)),
            (1, machine.an_order_reaches_its_status, (index,)),
            (1, machine.a_history_is_posted, ([terms],)),
            (4, machine.the_power_will_fail, (dice.randint(1, 4),)),
        ]
        (_, move, arguments), *_rest = dice.choices(moves, weights=[move[0] for move in moves])
        if (machine.orders and machine.causes) or move == machine.an_order_earns:
            move(*arguments)
