"""What writing to members has brought, beside those who were held out."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from oscar_loyalty.flows import report_made
from oscar_loyalty.models import Award, CampaignDraw, Lapse, Occasion
from tests import flash_sales, world
from tests.integration.ageing import on
from tests.occasions import occasion
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
            bought(account, spent, (found_at + timedelta(days=10)).date().isoformat())


def bought(account, amount, day):
    """An order that counts for so much."""
    ordered_at = on(day)
    Award.objects.create(
        account=account,
        order_number=f"lift-{account.pk}-{day}",
        points=0,
        carried=0,
        base=amount,
        kept_base=amount,
        breakdown={},
        matured=True,
        placed_at=ordered_at,
        decided_at=ordered_at,
    )


def drew(many, kind, about, *, held_out, spent, day="2026-03-01"):
    """So many members drew lots about a campaign; every second ordered in the month after."""
    for number in range(many):
        account = world.member()
        CampaignDraw.objects.create(
            account=account, kind=kind, about=about, drawn=0, held_out=held_out, drawn_at=on(day)
        )
        bought(account, 500, "2026-02-28")
        bought(account, 500, "2026-04-02")
        if number % 2:
            bought(account, spent, "2026-03-20")


@pytest.fixture
def both(programme):
    missed(40, held_out=False, spent=30)
    missed(40, held_out=True, spent=20)


#: The worked numbers of the unit test, for which nothing at all lies within the bounds.
WORKED = (40, 20, 15, 40, 20, 10, Decimal("200.00"), Decimal("-26.32"), Decimal("426.32"))


def test_both_groups_and_what_is_between_them(both):
    missed(2, held_out=False, spent=1000, day="2025-12-31")
    missed(3, held_out=False, spent=1000, day="2026-05-01")
    rows, whole = asked("lift", FIRST, LAST, at=AT)
    assert rows == [("Having stayed away", 3, *WORKED, "May be chance")]
    assert whole is None
    assert report_made.run("lift", first=FIRST, last=LAST, at=AT).table.note == (
        "So many days count: 60 after a member was missed, 30 after one heard of a campaign, or "
        "would have. Whose days are not over is not counted yet. To say anything, each group needs "
        "at least 30 members."
    )


def test_a_group_that_is_too_small_says_nothing(programme):
    missed(40, held_out=False, spent=30)
    missed(29, held_out=True, spent=20)
    ((_name, _running, *found),), _whole = asked("lift", FIRST, LAST, at=AT)
    assert found == [40, 20, 15, 29, 14, Fraction(280, 29), None, None, None, "Too few to say"]


def test_each_campaign(programme):
    sale = flash_sales.sale(world.product())
    nowruz = occasion(name="Nowruz")
    for kind, about in (("flash-sale", sale.pk), ("occasion", f"{nowruz.pk}:2026-03-20")):
        drew(40, kind, str(about), held_out=False, spent=30)
        drew(40, kind, str(about), held_out=True, spent=20)
    drew(1, "flash-sale", "999", held_out=False, spent=30, day="2026-05-20")
    drew(1, "flash-sale", "998", held_out=False, spent=30, day="2026-06-01")
    rows, _whole = asked("lift", FIRST, LAST, at=AT)
    assert sorted(rows[1:-1]) == [
        ("Flash sale: Teatime", 0, *WORKED, "May be chance"),
        ("Nowruz, March 20, 2026", 0, *WORKED, "May be chance"),
    ]
    nobody = (0, 0, None) * 2
    assert rows[0] == ("Having stayed away", 0, *nobody, None, None, None, "Too few to say")
    assert rows[-1][:8] == ("Flash sale: 999", 1, *nobody)
    Occasion.objects.all().delete()
    rows, _whole = asked("lift", FIRST, LAST, at=AT)
    assert f"Occasion {nowruz.pk}, March 20, 2026" in [row[0] for row in rows]


def test_more_than_chance(programme):
    drew(40, "occasion", "1:2026-03-20", held_out=False, spent=3000)
    drew(40, "occasion", "1:2026-03-20", held_out=True, spent=20)
    _missed, row = asked("lift", FIRST, LAST, at=AT)[0]
    assert row[-1] == "More than chance"
    assert row[-4] == Decimal(40 * 1490)
    assert row[-3] > 0
