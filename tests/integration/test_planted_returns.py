"""
The net bites: bugs planted where things come back, one at a time, change how one story ends.

Each names the place, what stands there, and the mistake somebody could make.
"""

from datetime import datetime, timedelta, timezone
from itertools import chain
from types import ModuleType

import pytest
from django.db import transaction

from oscar_loyalty import api
from oscar_loyalty.flows import books_audited, due_jobs, order_recalculated
from oscar_loyalty.models import Award, Entry, Hold, Lot, Programme, QualifyingEvent
from oscar_loyalty.program.earning import policy as earning
from oscar_loyalty.program.ledger import policy as ledger_policy
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.ledger.services import posting
from oscar_loyalty.program.ledger.services import returns as giving_back
from oscar_loyalty.program.redemption import policy as redemption
from oscar_loyalty.program.returns import policy as returns
from oscar_loyalty.shop import returns as desk
from tests import comebacks, world
from tests.comebacks import CUPS, POT
from tests.planting import planted

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

#: Later than all that is placed here, however long the tests before it take.
NOW = datetime.now(timezone.utc) + timedelta(days=1)

Bug = tuple[ModuleType, str, str, str]

BUGS: dict[str, Bug] = {
    "an item comes back for nothing": (
        returns,
        "kept",
        "_ALL - _part(line, line.returned)",
        "_ALL",
    ),
    "the same refund counts twice": (
        desk,
        "returns_of",
        "refunded=max(",
        "refunded=(lambda *sums: sum(sums))(",
    ),
    "refunds that name lines lower the others": (
        returns,
        "_explained",
        "came_back + max(",
        "0 * came_back + max(",
    ),
    "a dear refund of one line lowers the others": (
        returns,
        "_explained",
        "- named, _NOTHING)",
        "* 0 - named, _NOTHING)",
    ),
    "refunded shipping lowers the goods": (
        returns,
        "_spread",
        "Fraction(max(aside, Decimal(0)))",
        "0",
    ),
    "all the money back leaves points": (
        returns,
        "kept",
        "cancelled or (is_refunded and goods)",
        "cancelled",
    ),
    "a cancelled order keeps": (
        returns,
        "kept",
        "cancelled or (is_refunded and goods)",
        "is_refunded and goods",
    ),
    "points are rounded up": (earning, "rounded_down", "// 1)", "// 1) + 1"),
    "returned points are rounded up": (redemption, "returned", "// 1)", "// 1 + 1)"),
    "what is kept returns": (redemption, "returned", "(1 - kept / paid)", "(kept / paid)"),
    "returned points forget what was returned": (
        giving_back,
        "give_back",
        "target - (returned - again)",
        "target - returned",
    ),
    "returned points live for ever": (
        giving_back,
        "give_back",
        "**vars(life)",
        "earned_at=life.earned_at",
    ),
    "returned points are young again": (
        giving_back,
        "give_back",
        "**vars(life)",
        "expires_at=life.expires_at",
    ),
    "returned points die at once": (ledger_policy, "lives_on", "expires_at < least", "False"),
    "returned points live longer": (ledger_policy, "lives_on", "expires_at < least", "True"),
    "old points die when they return": (
        ledger_policy,
        "lives_on",
        "life.expires_at or ending(life)",
        "life.expires_at",
    ),
    "what expires last returns first": (
        ledger_policy,
        "returning",
        "_soonest(part[0])",
        "_soonest(part[0]), reverse=True",
    ),
    "the same points return again": (
        ledger_policy,
        "returning",
        "_split(spent, movement.returned)",
        "_split(spent, 0)",
    ),
    "points taken again come from what was earned": (
        posting,
        "debit",
        "Entry.SPENT if cause.kind in Entry.SPENT else Entry.EARNED",
        "Entry.EARNED",
    ),
    "what was forgiven is taken later": (
        order_recalculated,
        "_forgiven",
        "max(award.forgiven, expired)",
        "expired",
    ),
    "what was forgiven is given again": (
        order_recalculated,
        "_settle",
        "before = award.booked",
        "before = award.carried",
    ),
    "nobody may owe": (order_recalculated, "_carry", 'terms.clawback == "debt"', "False"),
    "everybody may owe": (order_recalculated, "_carry", 'terms.clawback == "debt"', "True"),
    "progress stays": (order_recalculated, "_carry", "if award.qualifies:", "if False:"),
}


def story():
    """Two members' orders come back in steps; all that the books say after each of them."""
    world.programme(
        redeemable=True, return_grace_days=10, expiry="after-earning", expiry_grace_days=0
    )
    cup, pot = world.product("10.00"), world.product("20.00")
    orders = [
        world.place(
            world.customer(name),
            products=[cup, cup, cup, pot],
            number=name,
            shipping="5.00",
            status="New",
        )
        for name in ("alice", "bob")
    ]
    seen = []
    for _step in chain(alices_chapter(orders[0]), bobs_chapter(orders[1])):
        for order in orders:
            api.recalculate(order, at=NOW)
        seen.append(books())
    due_jobs.run(at=NOW)
    return [*seen, books()]


def alices_chapter(order):
    """She has paid with points of different ages."""
    account_id = comebacks.account_of(order).pk
    for name, points, days in (("b", 20, 40), ("a", 20, 2)):
        cause, until = Cause("bonus", f"bonus:{name}"), NOW + timedelta(days=days)
        ledger.accrue(account_id, Accrual(points, cause, NOW, expires_at=until))
    for name, points, age in (("c", 10, 360), ("d", 10, 100)):
        cause, earned_at = Cause("bonus", f"bonus:{name}"), NOW - timedelta(days=age)
        ledger.accrue(account_id, Accrual(points, cause, NOW, earned_at=earned_at))
    yield comebacks.spend(order, 55)
    comebacks.send_back(order, (CUPS, 1))
    comebacks.refund(order, "10.00")
    yield comebacks.refund_items(order, "10.00", (CUPS, 1))
    yield comebacks.refund_items(order, "29.00", (POT, 1))
    yield comebacks.refund(order, "37.00")
    for status in ("Cancelled", "New", "Cancelled"):
        yield comebacks.put(order, status)


def bobs_chapter(order):
    """He has spent elsewhere most of what he earned."""
    cause = Cause("adj", "adj:1", reason="other", note="-")
    ledger.adjust(comebacks.account_of(order).pk, -45, cause, at=NOW)
    for policy in ("what-there-is", "debt"):
        Programme.objects.update(clawback=policy)
        yield comebacks.send_back(order, (CUPS, 1))
    for status in ("Cancelled", "New"):
        yield comebacks.put(order, status)
    yield comebacks.refund_items(order, "40.00", (POT, 1))
    yield comebacks.refund(order, "55.00")


def books():
    return (
        list(Award.objects.order_by("pk").values_list("carried", "kept_base", "forgiven")),
        list(Entry.objects.order_by("pk").values_list("key", "points")),
        list(Lot.objects.order_by("pk").values_list("remaining", "expires_at")),
        list(Lot.objects.filter(entry__kind="return").order_by("pk").values_list("earned_at")),
        list(Hold.objects.order_by("pk").values_list("returned")),
        list(QualifyingEvent.objects.order_by("pk").values_list("spend", "orders")),
        books_audited.run(at=NOW).violations,
    )


def told(bug=None):
    """How the story goes, or the error it ends with."""
    try:
        with transaction.atomic():
            if bug is None:
                seen = story()
            else:
                with planted(*bug):
                    seen = story()
            transaction.set_rollback(True)
    except LookupError:
        raise
    except Exception as failure:
        return repr(failure)
    return repr(seen)


def test_every_planted_bug_changes_the_story():
    right = told()
    assert right == told()
    assert "Error" not in right
    assert "Violation" not in right
    assert [name for name, bug in BUGS.items() if told(bug) == right] == []
