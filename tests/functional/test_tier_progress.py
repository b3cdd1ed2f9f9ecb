"""How far a member is from the next tier, for every way in which a programme may count."""

from datetime import date
from decimal import Decimal

import pytest

from oscar_loyalty.models import Programme, Tier
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.words import progress

pytestmark = pytest.mark.django_db

SPEND, POINTS, ORDERS = Decimal("124.50"), Decimal("99.5"), Decimal(1)


@pytest.mark.parametrize(
    ("measure", "window", "missing", "to_go", "counting"),
    [
        ("spend", "rolling", SPEND, "£124.50 more to reach Gold", "the last 12 months count"),
        ("points", "rolling", POINTS, "100 more points to reach Gold", "the last 12 months count"),
        ("orders", "rolling", ORDERS, "1 more order to reach Gold", "the last 12 months count"),
        (
            "spend",
            "calendar-year",
            SPEND,
            "£124.50 more by Dec. 31, 2026 to reach Gold",
            "the year 2026 count",
        ),
        (
            "points",
            "calendar-year",
            POINTS,
            "100 more points by Dec. 31, 2026 to reach Gold",
            "the year 2026 count",
        ),
        (
            "orders",
            "calendar-year",
            ORDERS,
            "1 more order by Dec. 31, 2026 to reach Gold",
            "the year 2026 count",
        ),
        ("spend", "lifetime", SPEND, "£124.50 more to reach Gold", "All your orders count"),
    ],
)
def test_the_way_to_the_next_tier(programme, measure, window, missing, to_go, counting):
    Programme.objects.update(measure=measure, window=window)
    gold = Tier(name="Gold", rank=2, threshold=Decimal(300))
    terms = terms_queries.current()
    way = progress.towards(gold, gold.threshold - missing, terms, date(2026, 3, 1))
    assert without_tags(way.to_go) == to_go
    assert counting in without_tags(way.counting)


def test_only_who_has_arrived_sees_a_full_bar(programme):
    terms, today = terms_queries.current(), date(2026, 3, 1)
    gold = Tier(name="Gold", rank=2, threshold=Decimal(300))
    nearly = progress.towards(gold, Decimal("299.99"), terms, today)
    assert (nearly.percent, without_tags(nearly.to_go)) == (99, "£0.01 more to reach Gold")
    there = progress.towards(gold, Decimal("300.00"), terms, today)
    assert there.percent == 100
    assert "becomes yours at the next daily review" in there.to_go
    nothing = progress.towards(Tier(name="All", rank=1, threshold=Decimal(0)), SPEND, terms, today)
    assert nothing.percent == 100


def test_orders_and_points_are_counted_in_words(programme):
    gold = Tier(name="Gold", rank=2, threshold=Decimal(3))
    for measure, spoken in (("orders", "1 order of 3 orders"), ("points", "1 point of 3 points")):
        Programme.objects.update(measure=measure)
        way = progress.towards(gold, Decimal(1), terms_queries.current(), date(2026, 3, 1))
        assert (way.so_far_spoken, way.percent) == (spoken, 33)


def without_tags(sentence):
    return sentence.replace("<bdi>", "").replace("</bdi>", "")
