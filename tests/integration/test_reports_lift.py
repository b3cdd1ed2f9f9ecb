"""What writing to members who stayed away has brought, beside those who were held out."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from oscar_loyalty.flows import report_made
from oscar_loyalty.models import Award, Lapse
from tests import world
from tests.integration.ageing import on
from tests.selling import asked

AT = on("2026-06-15")
FIRST, LAST = date(2026, 1, 1), date(2026, 5, 31)


def missed(many, *, held_out, spent, day="2026-02-01"):
    """So many members were missed; every second of them ordered ten days later, once."""
    found_at = on(day)
    for number in range(many):
        account = world.member()
        Lapse.objects.create(
            account=account,
            began_at=found_at - timedelta(days=90),
            found_at=found_at,
            drawn=0 if held_out else 9999,
            held_out=held_out,
        )
        if number % 2:
            ordered_at = found_at + timedelta(days=10)
            Award.objects.create(
                account=account,
                order_number=f"lift-{account.pk}",
                points=0,
                carried=0,
                base=spent,
                kept_base=spent,
                breakdown={},
                matured=True,
                placed_at=ordered_at,
                decided_at=ordered_at,
            )


@pytest.fixture
def both(programme):
    missed(40, held_out=False, spent=30)
    missed(40, held_out=True, spent=20)


def note():
    return report_made.run("lift", first=FIRST, last=LAST, at=AT).table.note


def test_both_groups_and_what_is_between_them(both):
    missed(2, held_out=False, spent=1000, day="2025-12-31")
    missed(3, held_out=False, spent=1000, day="2026-05-01")
    rows, whole = asked("lift", FIRST, LAST, at=AT)
    # The worked numbers of the unit test.
    bounds = (Decimal("200.00"), Decimal("-26.32"), Decimal("426.32"))
    assert rows == [
        ("Written to", 40, 20, Fraction(1, 2), 600, 15, *bounds),
        ("Held out", 40, 20, Fraction(1, 2), 400, 10, None, None, None),
    ]
    assert whole is None
    assert note() == (
        "Orders of 60 days count; members who were missed later than that are not counted yet: 3. "
        "That may be chance: no effect at all lies within these bounds, too."
    )


def test_a_group_that_is_too_small_says_nothing(programme):
    missed(40, held_out=False, spent=30)
    missed(29, held_out=True, spent=20)
    rows, _whole = asked("lift", FIRST, LAST, at=AT)
    assert [row[1] for row in rows] == [40, 29]
    assert [row[-3:] for row in rows] == [(None, None, None)] * 2
    assert note().endswith("each group needs at least 30 members.")
