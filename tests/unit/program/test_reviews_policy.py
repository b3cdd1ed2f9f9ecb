"""What a review is worth, and who has bought what it is about."""

from datetime import datetime, timedelta, timezone
from fractions import Fraction

import pytest

from oscar_loyalty.facts import Purchase
from oscar_loyalty.program.reviews import policy
from oscar_loyalty.program.reviews.policy import Offer

WRITTEN = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)

EARLY = Purchase("1", 11, WRITTEN - timedelta(days=9))
JUST_BEFORE = Purchase("2", 22, WRITTEN)
AFTER = Purchase("3", 33, WRITTEN + SECOND)
ALL, HALF, NONE = Fraction(1), Fraction(1, 2), Fraction(0)


@pytest.mark.parametrize(
    ("case", "purchases", "kept", "expected"),
    [
        ("bought and kept", [EARLY], {11: ALL}, EARLY),
        ("a part is kept", [EARLY], {11: HALF}, EARLY),
        ("all came back", [EARLY], {11: NONE}, None),
        ("nobody knows of the line", [EARLY], {}, None),
        ("bought in the same second", [JUST_BEFORE], {22: ALL}, JUST_BEFORE),
        ("bought after it was written", [AFTER], {33: ALL}, None),
        (
            "the first came back, the second stays",
            [EARLY, JUST_BEFORE],
            {11: NONE, 22: ALL},
            JUST_BEFORE,
        ),
        ("of two the first counts", [EARLY, JUST_BEFORE], {11: ALL, 22: ALL}, EARLY),
        ("one came back, the other came too late", [EARLY, AFTER], {11: NONE, 33: ALL}, None),
        ("never bought", [], {}, None),
    ],
)
def test_the_purchase_behind_a_review(case, purchases, kept, expected):
    assert policy.purchase_behind(purchases, kept, written_at=WRITTEN) == expected


@pytest.mark.parametrize(
    ("points", "monthly", "rewarded", "expected"),
    [(50, 2, 0, 50), (50, 2, 1, 50), (50, 2, 2, 0), (50, 2, 3, 0), (50, 0, 0, 0), (0, 2, 0, 0)],
)
def test_what_one_more_review_gives(points, monthly, rewarded, expected):
    assert policy.points_for(Offer(points, monthly), rewarded=rewarded) == expected


def test_keys():
    assert policy.keys(7, 21, turns=2) == [
        "bonus::review:7:21",
        "adj::review:7:21:1",
        "adj::review:7:21:2",
    ]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("bonus::review:7:21", (7, 21)),
        ("adj::review:7:21:2", (7, 21)),
        # A shop's own code rewards an action that it calls so.
        ("bonus:review:7:21", None),
        ("bonus::review:7:21x", None),
        ("bonus::review:7", None),
        ("earn:7", None),
        ("", None),
    ],
)
def test_what_a_key_is_about(key, expected):
    assert policy.meaning_of(key) == expected
