"""
Minting coupons for many members, against Oscar's own loop of making vouchers.

The loop is that of the form by which staff make a set of vouchers in Oscar's dashboard: it makes a
smaller number of them, all in one transaction. Each of our coupons is one for a member, with a row
of ours beside Oscar's; a transaction has as many as a job has. Both take turns; the ratio is the
median of the rounds.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from statistics import median

from django.db import transaction
from django.utils import timezone
from oscar.core.loading import get_class, get_model

from benchmarks import database
from benchmarks.award import statements
from benchmarks.report import Line
from oscar_loyalty.flows import coupon_given
from oscar_loyalty.models import Coupon, Programme
from oscar_loyalty.program.coupons import services
from tests import world

AT_A_TIME = 2_000
FEW = 20
LOOPED = 2_000
ROUNDS = 3


def measure(count: int) -> Iterator[Line]:
    """How many times as many per second, and the number of statements."""
    database.fill(count, 1)
    Programme.objects.all().delete()
    world.programme()
    # The first makes the offer that all share.
    _mint("the offer's own", 1)
    few, many = (
        statements(lambda some=some: _mint(f"counted-{some}", some))
        for some in (min(FEW, count), min(AT_A_TIME, count))
    )
    # A plan that was made while the tables were empty would read them whole.
    database.run("VACUUM ANALYZE")
    rounds = []
    for turn in range(ROUNDS):
        ours, theirs = _minted(f"round-{turn}", count), _looped(turn, min(LOOPED, count))
        rounds.append((ours / theirs, ours))
    yield Line("coupons: minted", count, digits=0)
    yield Line("coupons: per second", rounds[-1][1], digits=0)
    what = "coupons: per second against Oscar's loop"
    yield Line(what, median(ratio for ratio, _ours in rounds), 8, at_least=True)
    yield Line(f"coupons: statements for {AT_A_TIME:,}", many, digits=0)
    yield Line(f"coupons: statements more than for {FEW}", many - few, 0, digits=0)
    again = statements(lambda: _mint(f"counted-{min(AT_A_TIME, count)}", min(AT_A_TIME, count)))
    yield Line("coupons: statements when they are minted again", again, digits=0)


def _minted(source: str, count: int) -> float:
    """Coupons per second."""
    before = time.perf_counter()
    for start in range(1, count + 1, AT_A_TIME):
        _mint(source, min(AT_A_TIME, count - start + 1), start=start)
    seconds = time.perf_counter() - before
    assert Coupon.objects.filter(key__startswith=f"{source}:").count() == count
    return count / seconds


@transaction.atomic
def _mint(source: str, count: int, *, start: int = 1) -> None:
    at = timezone.now()
    gives = services.offer_for(coupon_given.gift_of("amount", Decimal(5)))
    coupon_given.deliver_many(
        [
            Coupon(
                account_id=account_id,
                key=f"{source}:{account_id}",
                gives=gives,
                expires_at=at + timedelta(days=30),
            )
            for account_id in range(start, start + count)
        ],
        at=at,
    )


def _looped(turn: int, count: int) -> float:
    """Vouchers per second by Oscar's form."""
    now = timezone.now()
    voucher = get_model("voucher", "Voucher")
    form = get_class("dashboard.vouchers.forms", "VoucherSetForm")(
        {
            "name": f"Round {turn}",
            "code_length": services.policy.SIGNS,
            "description": "A round of the benchmark",
            "start_datetime": now,
            "end_datetime": now + timedelta(days=30),
            "count": count,
            "usage": voucher.SINGLE_USE,
            "offers": get_model("offer", "ConditionalOffer").objects.filter(offer_type="Voucher"),
        }
    )
    assert form.is_valid(), form.errors
    before = time.perf_counter()
    made = form.save()
    seconds = time.perf_counter() - before
    assert made.vouchers.count() == count
    return count / seconds
