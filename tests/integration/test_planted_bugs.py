"""
The net bites: bugs planted in the ledger, one at a time, are all found by the machine.

Each names the place, what stands there, and the mistake somebody could make. A bug that survives
fails the test, and so does one whose place has changed: then plant it anew.
"""

import gc
from collections.abc import Iterable
from random import Random

import pytest
from django.db import connection

from oscar_loyalty.program.ledger import policy, queries
from oscar_loyalty.program.ledger.queries import lapsing as lapsing_queries
from oscar_loyalty.program.ledger.services import (
    corrections,
    erasing,
    lapsing,
    merging,
    orders,
    past,
    posting,
    waiting,
)
from tests import quick_postgres
from tests.integration.planted_spending import SPENDING
from tests.ledger_machine import ALICE, BOB, HastyMachine, LedgerMachine
from tests.planting import Bug, planted
from tests.sampling import some

# Each walk is a transaction of its own, so that between them dead rows can be cleared away.
pytestmark = pytest.mark.django_db(transaction=True)


BUGS = {
    **SPENDING,
    "the second lot gives one too many": Bug(
        policy,
        "draw",
        "min(points, lot.remaining)",
        "min(points + bool(draws), lot.remaining)",
        only_on="sqlite",
    ),
    "a lot gives more than it has": Bug(
        policy, "draw", "min(points, lot.remaining)", "points", only_on="sqlite"
    ),
    "a debt is forgiven": Bug(
        policy, "debt_paid", "return min(points, max(-balance, 0))", "return 0"
    ),
    "a debt is forgiven by the single statement": Bug(
        posting,
        "_ACCRUE_AT_ONCE",
        "LEAST(%(points)s, GREATEST(%(points)s - balance, 0))",
        "0::bigint",
        only_on="postgresql",
    ),
    "a debt is paid without end by the single statement": Bug(
        posting,
        "_ACCRUE_AT_ONCE",
        "LEAST(%(points)s, GREATEST(%(points)s - balance, 0))",
        "GREATEST(%(points)s - balance, 0)",
        only_on="postgresql",
    ),
    "debtors wait for points that were swallowed": Bug(
        posting, "_LOCK_AND_ADD", "THEN balance + %(points)s", "THEN %(points)s", only_on="sqlite"
    ),
    "debtors wait for points that were swallowed, at once": Bug(
        posting,
        "_ACCRUE_AT_ONCE",
        "THEN balance + %(points)s",
        "THEN %(points)s",
        only_on="postgresql",
    ),
    "a history does not count its entries": Bug(posting, "append", "account.seq += 1", "pass"),
    "a debit does not count its entry": Bug(posting, "debit", "account.seq += 1", "pass"),
    "a history forgets what is pending": Bug(
        past,
        "_follow_the_entries",
        'Coalesce(Subquery(waiting.values("points")), 0)',
        'F("pending")',
    ),
    "the balance after is the one before": Bug(
        posting,
        "debit",
        '"balance_after": account.balance',
        '"balance_after": account.balance + points',
    ),
    "the seal is that of a credit": Bug(
        posting, "debit", "policy.digest(account.pk, -points", "policy.digest(account.pk, points"
    ),
    "a key with another amount passes": Bug(
        posting, "posted_before", "known != (account_id, points)", "known[0] != account_id"
    ),
    "a key of another account passes": Bug(
        posting, "posted_before", "known != (account_id, points)", "known[1] != points"
    ),
    "a correction is posted again": Bug(
        corrections, "adjust", "if posted_before(account_id, points, cause)", "if False"
    ),
    "pending points can be taken": Bug(
        corrections, "adjust", "account.spendable < -points", "account.balance < -points"
    ),
    "the last point cannot be taken": Bug(
        corrections, "adjust", "account.spendable < -points", "account.spendable <= -points"
    ),
    "absurd points pass": Bug(posting, "refuse_absurd", "0 < points <=", "points <="),
    "a settlement looks at the first award only": Bug(
        orders, "settle_order", "target - (given - taken)", "target - first[0].points"
    ),
    "a settlement forgets what was given back": Bug(
        orders, "settle_order", "target - (given - taken)", "target - given"
    ),
    "two clawbacks share a key": Bug(orders, "settle_order", "{taken + points}", "{points}"),
    "two restorations share a key": Bug(orders, "settle_order", "{given}", "{points}"),
    "a part of an order comes without the whole": Bug(
        orders,
        "settle_order",
        "if target > 0 and not given",
        "if target == first[0].points and not given",
    ),
    "who may not owe owes": Bug(
        orders, "settle_order", "min(-difference, max(account.balance, 0))", "-difference"
    ),
    "who may not owe loses nothing": Bug(
        orders, "settle_order", "min(-difference, max(account.balance, 0))", "0"
    ),
    "a settlement stops halfway": Bug(
        orders, "settle_order", "with transaction.atomic():", "if True:"
    ),
    "a correction stops halfway": Bug(
        corrections, "adjust", "with transaction.atomic():", "if True:", only_on="sqlite"
    ),
    "a maturing stops halfway": Bug(waiting, "_mature", "with transaction.atomic():", "if True:"),
    "points that return can be spent at once": Bug(
        orders, "_again", "pending = part.pending and", "pending = False and"
    ),
    "points that return wait for a day gone by": Bug(
        orders, "_again", "part.available_at <= at", "part.available_at < at"
    ),
    "points that return live for ever": Bug(
        orders, "_again", "expires_at=part.expires_at", "expires_at=None"
    ),
    "points mature before their day": Bug(
        waiting,
        "mature_due",
        "Q(account_id__in=account_ids, available_at__lte=at)",
        "Q(account_id__in=account_ids)",
    ),
    "a status matures other orders": Bug(
        waiting, "mature_order", ", entry__order_number=order_number", ""
    ),
    "what was drawn matures too": Bug(waiting, "_mature", 'Sum("remaining")', 'Sum("points")'),
    "points without a day of their own pay first": Bug(
        queries,
        "open_lots",
        "*SOONEST_FIRST",
        'lapsing.F("expires_at").asc(nulls_first=True), "earned_at", "pk"',
    ),
    "points that lapse last pay first": Bug(
        queries,
        "open_lots",
        "*SOONEST_FIRST",
        'lapsing.F("expires_at").desc(nulls_last=True), "earned_at", "pk"',
    ),
    "points that came first pay first": Bug(
        queries, "open_lots", "*SOONEST_FIRST", 'lapsing.F("expires_at").asc(nulls_last=True), "pk"'
    ),
    "pending points pay first": Bug(queries, "open_lots", '"pending", *S', '"-pending", *S'),
    "an order takes from others first": Bug(
        queries, "open_lots", "then=Value(False)", "then=Value(True)", only_on="sqlite"
    ),
    "what is held expires": Bug(
        lapsing_queries,
        "lapsed_draws",
        'F("until_here") - F("account__held")',
        'F("until_here")',
    ),
    "pending points expire": Bug(
        lapsing_queries, "lapsed_lots", "open=True, pending=False", "open=True"
    ),
    "points expire on their last day": Bug(
        lapsing_queries, "lapsed_lots", "earned_at__lt=", "earned_at__lte="
    ),
    "points expire a moment late": Bug(
        lapsing_queries, "lapsed_lots", "expires_at__lte=", "expires_at__lt="
    ),
    "points with a day of their own expire with the rest": Bug(
        lapsing_queries, "lapsed_lots", "expires_at__isnull=True, ", ""
    ),
    "an expiry stops halfway": Bug(
        lapsing, "expire_due", "with transaction.atomic():", "if True:", only_on="sqlite"
    ),
    "an expiry is not counted": Bug(
        lapsing, "_post", 'seq=F("seq") + 1\n', 'seq=F("seq")\n', only_on="sqlite"
    ),
    "an expiry is not counted by the single statement": Bug(
        lapsing, "_EXPIRE_AT_ONCE", "seq = seq + 1", "seq = seq", only_on="postgresql"
    ),
    "an expiry has the number before": Bug(
        lapsing, "_entry", "seq=account.seq + 1)", "seq=account.seq)", only_on="sqlite"
    ),
    "an expiry has the number before by the single statement": Bug(
        lapsing, "_EXPIRE_AT_ONCE", "|| ':' || seq,", "|| ':' || seq - 1,", only_on="postgresql"
    ),
    "the seal of an expiry is that of a credit": Bug(
        lapsing,
        "_entry",
        "digest(account.pk, -points",
        "digest(account.pk, points",
        only_on="sqlite",
    ),
    "the seal of an expiry is that of a credit by the single statement": Bug(
        lapsing, "_at_once", '"-{points}"', '"{points}"', only_on="postgresql"
    ),
    "points that return are young again": Bug(
        orders, "_again", "earned_at=part.aged_from", "earned_at=None"
    ),
    "a history is young": Bug(posting, "append", "accrual.aged_from", "accrual.at"),
    "the age of points is not sealed": Bug(posting, "_digest", "earned_at=accrual.earned_at,", ""),
    "a merge makes points live for ever": Bug(
        merging, "_moved", "expires_at=lot.expires_at", "expires_at=None"
    ),
    "a merge makes points young again": Bug(
        merging, "_moved", "earned_at=lot.earned_at", "earned_at=at"
    ),
    "a merge makes points spendable that wait": Bug(
        merging, "_moved", "pending=lot.pending", "pending=False"
    ),
    "a merge forgets which order the points are of": Bug(
        merging, "_moved", "key, number, note", "key, note"
    ),
    "a merge moves what lots once held": Bug(merging, "_moved", "lot.remaining,", "lot.points,"),
    "a merge leaves a debt behind": Bug(merging, "merge", "elif points < 0:", "elif False:"),
    "a merge forgives a debt": Bug(
        merging, "_move_debt", "debit(locked(into_id), owed, taken, at=at)", "pass"
    ),
    "a merge stops halfway": Bug(merging, "merge", "with transaction.atomic():", "if True:"),
    "a merge leaves the account open": Bug(
        merging, "merge", "update(held=0, merged_into=into_id)", "update(held=0)"
    ),
    "an erased member goes on owing": Bug(erasing, "write_off", "elif points < 0:", "elif False:"),
    "an erased member keeps what waits": Bug(
        erasing, "write_off", "points = account.balance", "points = account.spendable"
    ),
    "a note is forgotten but its seal stays": Bug(
        erasing, "forget_notes", ', "digest": _without_note(entry)', ""
    ),
    "movements of all orders are summed": Bug(
        queries, "movements_of", "filter(order_number=order_number)", "all()"
    ),
}

SEEDS = range(80)


@pytest.mark.sampled
@pytest.mark.parametrize("share", some(range(4), one_in=4))
def test_every_planted_bug_is_found(share):
    survivors = []
    here = [name for name, bug in BUGS.items() if bug.only_on in ("", connection.vendor)]
    for mistake in here[share::4]:
        bug = BUGS[mistake]
        with planted(bug.module, bug.name, bug.right, bug.wrong):
            if not is_found():
                survivors.append(mistake)
        quick_postgres.clear_dead_rows()
    assert survivors == []


def test_every_place_still_stands():
    """Of all of them, also those that only `make nightly` plants here."""
    for mistake in BUGS.values():
        with planted(mistake.module, mistake.name, mistake.right, mistake.wrong):
            pass


def test_nothing_is_found_where_nothing_is_planted():
    assert not is_found(SEEDS[:5])


def is_found(seeds: Iterable[int] = SEEDS) -> bool:
    """Whether walks that are the same in every run lead to a failure of any kind."""
    for seed in seeds:
        machine = HastyMachine()
        try:
            walk(machine, seed)
        except Exception:
            machine.abandon()
            # What a failure has left open is closed while there is a database to close it.
            gc.collect()
            return True
        try:
            machine.teardown()
        except AssertionError:
            return True
    return False


def walk(machine: LedgerMachine, seed: int, steps: int = 40) -> None:
    """
    The machine's own steps, the telling ones more often than chance would have them.

    In every other walk Bob spends nothing, for only then he and Alice can become one member.
    """
    dice, merges = Random(seed), seed % 2 == 1
    machine.an_order_earns(ALICE, 9, "at-once", None)
    machine.an_order_captures(ALICE, 1, 4, None)
    for _step in range(steps):
        points, index = dice.randint(1, 12), dice.choice([1, 1, 2, 3])
        who = dice.choice([ALICE, BOB if merges else ALICE, BOB])
        terms = (
            who,
            points,
            dice.choice(["at-once", "on-status", 1, 2]),
            dice.choice([None, 9, 5, 1]),
        )
        moves = [
            (4, machine.an_order_earns, terms),
            (1, machine.an_order_is_born_cancelled, terms),
            (1, machine.a_bonus, (who, dice.choice([points, points, 0]), None, dice.randint(0, 4))),
            (
                2,
                machine.the_same_cause_again,
                (index, dice.choice([None, ALICE, BOB]), dice.choice([0, 0, 1])),
            ),
            (2, machine.an_order_is_cancelled, (index,)),
            (2, machine.an_order_is_reinstated, (index,)),
            (2, machine.an_order_is_refunded_in_part, (index, dice.randint(2, 4))),
            (2, machine.an_order_is_refunded_as_far_as_points_reach, (index, dice.randint(0, 2))),
            (1, machine.a_debt_is_made, (index,)),
            (2, machine.a_correction, (who, dice.randint(-15, 5))),
            (1, machine.all_is_spent, (who,)),
            (2, machine.points_lapse, (dice.randint(0, 3),)),
            *spending(machine, ALICE if merges else who, points, dice),
            (1 - merges, machine.an_order_captures, (who, 1, points, index)),
            (4, machine.days_pass, (1,)),
            (1, machine.an_order_reaches_its_status, (index,)),
            (1, machine.a_history_is_posted, ([terms],)),
            (4 * merges, machine.two_members_are_one, (ALICE,)),
            (1, machine.a_debtor_leaves, (BOB if merges else who, points, not merges)),
            (1, machine.a_member_is_erased, (who,)),
        ]
        if dice.random() < 0.2:
            machine.the_power_will_fail(dice.randint(1, 4))
        (_, move, arguments), *_rest = dice.choices(moves, weights=[move[0] for move in moves])
        move(*arguments)


def spending(machine: LedgerMachine, who: str, points: int, dice: Random) -> list[tuple]:
    """How often what is done with points that a basket keeps or that were spent."""
    index, basket = dice.choice([1, 1, 2, 3]), dice.randint(1, 2)
    lots = [
        (dice.randint(1, 12), dice.choice([None, None, 1, 4, 9]), dice.randint(0, 4))
        for _lot in range(3)
    ]
    return [
        (4, machine.a_checkout_holds, (who, basket, points)),
        (1, machine.a_checkout_ends, (basket,)),
        (1, machine.an_order_captures, (who, basket, points, None)),
        (
            5,
            machine.a_purchase_comes_and_goes,
            (who, basket, points + 6, dice.choices(range(4), k=3)),
        ),
        (
            3,
            machine.points_of_all_ages_come_and_go,
            (who, basket, lots, dice.choices(range(4), k=2)),
        ),
        (
            3,
            machine.points_lapse_at_the_till,
            (who, basket, lots, points, dice.randint(1, 2), dice.randint(0, 4)),
        ),
        (3, machine.a_basket_changes_hands, (basket, dice.randint(1, 4))),
        (1, machine.the_same_is_captured_again, (index, 1, dice.choice([0, 0, 1]))),
        (1, machine.spent_points_return, (index, dice.randint(0, 3))),
    ]
