"""Which rules applied to an order, which did not and why: as the shopper and the clerk read it."""

from datetime import datetime, timezone
from decimal import Decimal

import pytest
from django.urls import reverse

from oscar_loyalty.models import Award
from tests import world
from tests.functional.desk import owner
from tests.functional.reading import words

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 6, 5, 12, tzinfo=timezone.utc)


@pytest.fixture
def order(bob):
    """A lamp on a Friday: twice the points, of ten for a lamp only four, and nothing else."""
    lamp = world.product("10.00", title="Lamp")
    gold = world.tier("Gold", 1, "300")
    world.rule(effect="multiplier", factor=Decimal(2), weekdays=[5, 6])
    world.rule(points=10, product=lamp, cap_order=4)
    world.rule(points=1, minimum=Decimal(50))
    world.rule(points=2, tiers=[gold.pk])
    world.rule(points=3, last_day=datetime(2026, 6, 4, tzinfo=timezone.utc).date())
    world.rule(points=4, countries=["GB"])
    world.rule(points=5, nth_order=2)
    world.rule(points=6, product=world.product("1.00", title="Cup"))
    world.rule(effect="multiplier", factor=Decimal(3), stackable=False)
    world.rule(effect="multiplier", factor=Decimal(4), stackable=False)
    return world.place(bob, products=[lamp], number="1001", at=FRIDAY)


APPLIED = {
    "2 times the points.": "Points: 10",
    "10 extra points for every Lamp.": (
        "4 points; without its limit it would have been 10. At most 4 points for an order."
    ),
    "3 times the points.": "Points: 40",
}
UNMET = {
    "1 extra point for an order. Only for orders of £50 or more.": (
        "Only for orders of £50 or more."
    ),
    "2 extra points for an order. Only for the tiers: Gold.": "Only for the tiers: Gold.",
    "3 extra points for an order. Only until June 4, 2026.": "Only until June 4, 2026.",
    "4 extra points for an order. Only for orders that go to: —.": (
        "Something that it asks for was not known."
    ),
    "5 extra points for an order. Only for order number 2 of a customer.": (
        "Only for order number 2 of a customer."
    ),
    "4 times the points.": "Another rule came first.",
}


def told(page):
    return {words(term): words(term.find_next("dd")) for term in page.select("dt")}


def test_the_clerk_reads_all_of_it(order, django_app):
    award = Award.objects.get()
    assert award.points == 10 + 10 + 40 + 4
    url = reverse("admin:oscar_loyalty_award_change", args=[award.pk])
    page = django_app.get(url, user=owner())
    assert told(page.html) == {**APPLIED, **UNMET}
    beside = page.html.find("h4", string="Rules that nothing in the order falls under")
    assert [words(li) for li in beside.find_next("ul").select("li")] == [
        "6 extra points for every Cup."
    ]


def test_the_shopper_reads_what_applied(order, django_app, bob, settings):
    page = django_app.get(reverse("customer:order", args=["1001"]), user=bob).html
    said = told(page.select_one("details"))
    assert said.pop("Lamp") == "£10 × 1 + 54 = 64"
    assert said == APPLIED
    history = django_app.get("/accounts/loyalty/", user=bob).html
    assert told(history.select_one("details")).items() >= APPLIED.items()


def test_what_is_published_later_changes_no_word_of_it(order, django_app, bob):
    version = Award.objects.get().breakdown["rules"][0]["version"]
    rule = world.RuleVersion.objects.get(pk=version).rule
    world.rule(rule=rule, in_force_from=FRIDAY, effect="multiplier", factor=Decimal(5))
    page = django_app.get(reverse("customer:order", args=["1001"]), user=bob).html
    assert told(page.select_one("details")).items() >= APPLIED.items()
    assert Award.objects.get().points == 64
