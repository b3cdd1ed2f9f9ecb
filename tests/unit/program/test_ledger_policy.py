"""The ledger's arithmetic, as tables a merchant could check."""

from datetime import datetime, timedelta, timezone

import pytest

from oscar_loyalty.program.ledger.policy import (
    Cause,
    Life,
    LotDraw,
    Movement,
    OpenLot,
    debt_paid,
    digest,
    draw,
    earn_key,
    lives_on,
    returning,
    spendable,
)

LAPSES_IN_JUNE = OpenLot(2, remaining=50)
FOREVER = OpenLot(1, remaining=100)


@pytest.mark.parametrize(
    ("case", "points", "expected"),
    [
        ("the first lot pays first", 20, (LotDraw(2, 20),)),
        ("a lot pays to its last point", 50, (LotDraw(2, 50),)),
        ("the next lot pays the rest", 70, (LotDraw(2, 50), LotDraw(1, 20))),
        ("exactly everything", 150, (LotDraw(2, 50), LotDraw(1, 100))),
        ("short when lots run out", 200, (LotDraw(2, 50), LotDraw(1, 100))),
    ],
)
def test_draw(case, points, expected):
    assert draw([LAPSES_IN_JUNE, FOREVER], points) == expected


def test_draw_asks_for_no_lot_more_than_it_needs():
    def lots():
        yield FOREVER
        raise AssertionError("asked for a second lot")

    assert draw(lots(), 100) == (LotDraw(1, 100),)


@pytest.mark.parametrize(
    ("balance", "points", "expected"),
    [(0, 10, 0), (5, 10, 0), (-4, 10, 4), (-10, 10, 10), (-25, 10, 10)],
)
def test_debt_paid(balance, points, expected):
    assert debt_paid(balance, points) == expected


@pytest.mark.parametrize(
    ("balance", "pending", "held", "expected"),
    [(100, 0, 0, 100), (100, 30, 20, 50), (100, 60, 60, 0), (-5, 0, 0, 0)],
)
def test_spendable(balance, pending, held, expected):
    assert spendable(balance, pending, held) == expected


MAY, JUNE, JULY = (datetime(2026, month, 1, 12, tzinfo=timezone.utc) for month in (5, 6, 7))
OLD, YOUNG = JUNE - timedelta(days=400), JUNE - timedelta(days=100)


def in_a_year(life):
    return life.earned_at and life.earned_at + timedelta(days=365)


@pytest.mark.parametrize(
    ("case", "life", "expected"),
    [
        ("a day that is far away stays", Life(JULY, OLD), Life(JULY, OLD)),
        ("a day that is near is put off", Life(MAY, OLD), Life(JUNE, OLD)),
        ("young points age on", Life(None, YOUNG), Life(None, YOUNG)),
        ("old points get a day", Life(None, OLD), Life(JUNE, OLD)),
        ("what was owed is new", Life(), Life()),
    ],
)
def test_points_that_return_live_on(case, life, expected):
    assert lives_on([(life, 5)], least=JUNE, ending=in_a_year) == [(expected, 5)]


def test_points_of_one_day_return_together():
    later = YOUNG + timedelta(hours=3)
    tomorrow = YOUNG + timedelta(days=1)
    parts = [(Life(None, earned_at), 5) for earned_at in (YOUNG, later, tomorrow)]
    together = [(Life(None, YOUNG), 10), (Life(None, tomorrow), 5)]
    assert lives_on(parts, least=JUNE, ending=lambda _life: None) == together


def test_points_of_two_days_of_the_shop_do_not_return_together():
    """Where the day ends between them, as the clocks of the shop have it."""
    later = YOUNG + timedelta(hours=3)
    parts = [(Life(None, YOUNG), 5), (Life(None, later), 5)]
    assert lives_on(parts, least=JUNE, ending=in_a_year) == parts


def test_what_expires_soonest_returns_first_and_once():
    spent = Movement(drawn=((Life(None, YOUNG), 5), (Life(None, OLD), 5), (Life(JULY, OLD), 5)))
    movements = [spent, Movement(owed=5), Movement(returned=7)]
    assert returning(movements, 10) == [
        (Life(None, OLD), 3),
        (Life(None, YOUNG), 5),
        (Life(), 2),
    ]


def test_the_digest_is_the_same_in_every_time_zone_and_differs_for_every_word():
    at = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    cause = Cause("adj", "adj:1", note="Broken cup")
    same = digest(7, 50, cause, at=at.astimezone(timezone(timedelta(hours=5))))
    assert digest(7, 50, cause, at=at) == same
    assert len(same) == 32
    others = [
        digest(8, 50, cause, at=at),
        digest(7, 51, cause, at=at),
        digest(7, 50, Cause("adj", "adj:2", note="Broken cup"), at=at),
        digest(7, 50, Cause("adj", "adj:1", note="Broken cup."), at=at),
        digest(7, 50, cause, at=at + timedelta(microseconds=1)),
        digest(7, 50, cause, at=at, available_at=at),
        digest(7, 50, cause, at=at, expires_at=at),
    ]
    assert len({same, *others}) == 8


def test_no_two_orders_earn_under_one_key():
    numbers = ["1001", "1001:2", "1001::2", "1001::2::2", "1001:", "1001::", "::2", "1001::2\n"]
    keys = [earn_key(number, place) for number in numbers for place in (1, 2, 22)]
    assert len(set(keys)) == len(keys)
    assert keys[:2] == ["earn:1001", "earn:1001::2"]
