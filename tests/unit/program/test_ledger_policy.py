"""The ledger's arithmetic, as tables a merchant could check."""

from datetime import datetime, timedelta, timezone

import pytest

from oscar_loyalty.program.ledger.policy import (
    Cause,
    LotDraw,
    OpenLot,
    debt_paid,
    digest,
    draw,
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
