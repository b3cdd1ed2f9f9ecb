"""Why no points are spent, or fewer than were wanted, and what is refused in words."""

# ruff: noqa: F811 - fixtures are asked for by the names they are imported by

from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty import api
from oscar_loyalty.models import ExcludedRange, Programme, Standing
from tests import comebacks, world
from tests.functional.reading import words
from tests.functional.test_spending import (  # noqa: F401 - fixtures
    basket,
    books,
    dora,
    panel,
    shop,
    spend,
)

pytestmark = pytest.mark.django_db

Line = get_model("basket", "Line")
Order = get_model("order", "Order")


def test_why_not_more(django_app, shop, dora):
    Programme.objects.update(redeem_share=25)
    page = spend(basket(django_app, dora, shop), button="all")
    headline, remark, remaining = panel(page).select("p")
    assert words(remaining) == "500 points remain for another order."
    assert words(headline) == "500 points pay £5 of this order."
    assert words(remark) == ("Points pay at most 25% of an order's goods; the rest stays yours.")


@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("excluded", "Nothing in this basket can be paid for with points."),
        ("fixed", "Nothing in this basket can be paid for with points."),
        ("currency", "Points pay for prices in USD only."),
        (
            {"redeem_minimum": 600},
            "An order takes at least 600 points.",
        ),
        (
            {"redeem_minimum": 0, "redeem_share": 1, "value_points": 1},
            "An order takes at least 1 point, and this one could take only fewer.",
        ),
        (
            {"redeem_step": 600},
            "An order takes at least 600 points.",
        ),
        (
            {"redeem_minimum": 100, "redeem_share": 1},
            "An order takes at least 100 points, and this one could take only fewer.",
        ),
        (
            {"value_points": 60_000, "value_amount": Decimal(1)},
            "An order takes at least 600 points.",
        ),
    ],
)
def test_why_none(django_app, shop, dora, case, why):
    page = basket(django_app, dora, shop)
    if case == "excluded":
        everything = factories.RangeFactory(name="All", includes_all_products=True)
        programme = Programme.objects.get()
        ExcludedRange.objects.create(programme=programme, range=everything)
    elif case == "fixed":
        type(shop).objects.update(is_discountable=False)
    else:
        programme = Programme.objects.get()
        for name, value in ({"currency": "USD"} if case == "currency" else case).items():
            setattr(programme, name, value)
        programme.save()
    headline, remark = panel(spend(page, 500)).select("p")
    assert words(headline) == ("You want to spend 500 points, but this basket cannot take any.")
    assert words(remark) == why


@pytest.mark.parametrize(
    ("taken", "headline", "why"),
    [
        (
            700,
            "300 points pay £3 of this order.",
            "Only 300 points of those you chose are still there.",
        ),
        (
            999,
            "1 point pays £0.01 of this order.",
            "Only 1 point of those you chose is still there.",
        ),
        (
            1000,
            "You want to spend 1000 points, but this basket cannot take any.",
            "Only 0 points of those you chose are still there.",
        ),
    ],
)
def test_why_not_what_was_chosen(django_app, shop, dora, taken, headline, why):
    """An order came back that had earned the points."""
    spend(basket(django_app, dora, shop), 1000)
    past = Order.objects.get(number="past")
    comebacks.refund(past, f"{taken}.00")
    api.recalculate(past)
    page = django_app.get(reverse("basket:summary"), user=dora)
    assert [words(one) for one in panel(page).select("p")] == [headline, why]


def test_the_least_is_a_number_of_steps(django_app, shop, dora):
    Programme.objects.update(redeem_minimum=500, redeem_step=600)
    limits = panel(basket(django_app, dora, shop)).select_one("#loyalty-points-limits")
    assert words(limits) == "An order takes at least 600 points, in steps of 600."


@pytest.mark.parametrize("case", ["programme", "tier"])
def test_points_are_taken_back_where_none_may_be_spent_any_more(django_app, shop, dora, case):
    spend(basket(django_app, dora, shop), 300)
    if case == "programme":
        Programme.objects.update(redeemable=False)
    else:
        Standing.objects.update(tier=world.tier("Silver", 1, "0", may_redeem=False))
    cache.clear()
    page = django_app.get(reverse("basket:summary"), user=dora)
    assert [words(one) for one in panel(page).select("p")] == [
        "You want to spend 300 points, but this basket cannot take any.",
        "You cannot spend points at the moment.",
    ]
    assert [words(button) for button in panel(page).select("button")] == ["Spend none"]
    page = spend(page, button="none")
    assert panel(page) is None
    assert books(dora) == (1000, 0)


@pytest.mark.parametrize(
    ("chosen", "emptied", "sentence"),
    [
        ({"all": "1"}, False, "You have no points that can be spent."),
        ({"points": "5"}, True, "Your basket is empty: there is nothing that points"),
        ({"all": "1"}, True, "Your basket is empty: there is nothing that points"),
    ],
)
def test_what_cannot_be_done_is_refused(django_app, shop, dora, client, chosen, emptied, sentence):
    client.force_login(dora)
    basket(django_app, dora, shop)
    if emptied:
        Line.objects.all().delete()
    else:
        api.adjust(dora, -1000, reason="other", note="Spent elsewhere.", actor=world.customer())
    answer = client.post(reverse("oscar_loyalty:spend-points"), chosen, follow=True)
    assert sentence in answer.content.decode()
    assert books(dora)[1] == 0
