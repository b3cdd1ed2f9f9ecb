"""
Each of our statements fails in turn while points are chosen, spent and given back.

As in `test_fault_matrix`: the order is placed and charged once, each page says what it says without
us or when nothing fails, and the next run of the due jobs brings the books to where they belong.
"""

# ruff: noqa: F811 - fixtures are asked for by the names they are imported by

from decimal import Decimal
from functools import partial

import pytest
from django.urls import reverse
from oscar.core.loading import get_model

from oscar_loyalty.models import Account, Award, Entry, Hold, Programme
from tests import world
from tests.functional import buying, desk
from tests.functional.test_fault_matrix import (  # noqa: F401 - fixtures
    OFF_AND_ON,
    assert_the_books_come_right,
    atomic_requests,
    stage,
    teapot,
    till,
    visits,
)
from tests.sampling import some

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sampled]
slow = pytest.mark.slow

BASKET, SPEND = "/basket/", "/basket/points/"
FULL, REDUCED = Decimal("24.80"), Decimal("24.30")


def small_member(amount="99.00"):
    """On no tier, with 99 points."""
    member = world.customer()
    world.place(member, amount, number=f"first-{member.pk}")
    return member


def each_failing(stage, scene, member):
    """Played undisturbed, then with all our statements failing, then with each in turn."""
    stage.play(scene, member())  # fills what is remembered between requests
    undisturbed = stage.play(scene, member())
    yield undisturbed
    for number in some(range(len(undisturbed.statements) + 1), one_in=3):
        yield stage.play(scene, member(), fail_at=number)


def loyal():
    """In the shop without us there is no programme yet."""
    return Programme.objects.exists()


def choose(browser, page, **button):
    token = page.forms["basket_formset"]["csrfmiddlewaretoken"].value
    return browser.post(SPEND, {"csrfmiddlewaretoken": token, **button})


class TestChoosing:
    @OFF_AND_ON
    @pytest.mark.parametrize(
        ("before", "now"),
        [pytest.param(0, 50, marks=slow), (30, 50), pytest.param(50, 0, marks=slow)],
    )
    def test_each_failing(self, stage, teapot, before, now, atomic_requests):
        """The choice is taken or it is not, and what is kept is what the account says."""

        world.programme(redeemable=True)

        def scene(member):
            buying.add(stage.browser, teapot, user=member)
            page = stage.browser.get(BASKET, user=member)
            if before:
                choose(stage.browser, page, points=before)
            button = {"points": now} if now else {"none": "1"}
            return lambda: choose(stage.browser, page, **button).follow()

        chosen = []
        for played in each_failing(stage, scene, small_member):
            assert [visit[0] for visit in played.pages] == [302, 200]
            account = Account.objects.get(user=played.member)
            kept = Hold.objects.filter(account=account, state="open").values_list("points")
            assert account.held == sum(points for (points,) in kept)
            assert account.held in (before, now)
            chosen.append(account.held)
            assert_the_books_come_right(played.member, 99)
        undisturbed, all_failing, *_each = chosen
        assert (undisturbed, all_failing) == (now, before)


class LastStep:
    """A customer has chosen 50 points, gone up to the preview, and places the order."""

    def __init__(self, stage, product, till):
        self.browser, self.visits = stage.browser, stage.visits
        self.product, self.till = product, till

    def __call__(self, member):
        buying.add(self.browser, self.product, user=member)
        if loyal():
            choose(self.browser, self.browser.get(BASKET, user=member), points=50)
        preview = buying.go_to_preview(self.browser, user=member)
        self.till.clear()
        return lambda: self.place(preview, member)

    def place(self, preview, member):
        """Who would be charged more than was shown looks again, and goes on."""
        page = preview.forms["place_order_form"].submit()
        if "nothing was charged" in page.text:
            assert self.till == []
            page = self.browser.get(reverse("checkout:preview"), user=member)
            self.visits.clear()
            page = page.forms["place_order_form"].submit()
        page.maybe_follow()

    def charged_for(self, member):
        """The one order's, which costs what was charged."""
        order = member.orders.latest("pk")
        assert member.orders.count() == 2
        assert self.till == [(order.number, order.total_incl_tax)]
        assert (order.sources.count(), order.basket.status) == (1, "Submitted")
        return order


class TestPlacingTheOrder:
    """The last look before the payment, and the debit inside Oscar's own transaction."""

    @OFF_AND_ON
    def test_each_failing(self, stage, teapot, till, atomic_requests):
        step = LastStep(stage, teapot, till)
        totals = []
        for played in stage.each_failing(step, small_member, redeemable=True):
            order = step.charged_for(played.member)
            totals.append(order.total_incl_tax)
            assert order.total_incl_tax in (FULL, REDUCED)
            spent = 50 if order.total_incl_tax == REDUCED else 0
            earned = 19 if spent else 20
            assert_the_books_come_right(played.member, 99 - spent + earned)
            account = Account.objects.get(user=played.member)
            debits = Entry.objects.filter(account=account, kind="redeem")
            assert list(debits.values_list("points", flat=True)) == [-spent] * bool(spent)
            assert account.held == 0
        undisturbed, all_failing, *each = totals
        assert (undisturbed, all_failing) == (REDUCED, FULL)
        assert REDUCED in each


class TestComingBack:
    """
    One of two teapots for £40, of which 50 points paid £0.50, and £39.50 earned 39 points.

    Oscar's dashboard writes a refund of the whole line, however many of its items are named.
    """

    @pytest.fixture
    def kinds(self, db):
        get_model("order", "ShippingEventType").objects.create(name="Returned")
        get_model("order", "PaymentEventType").objects.create(name="Refunded")

    def sent(self, kind, line):
        one = {"selected_line": line.pk, f"selected_line_qty_{line.pk}": 1}
        if kind == "items come back":
            action = {"line_action": "create_shipping_event", "shipping_event_type": "returned"}
            return {**action, "reference": "", **one}
        if kind == "items are refunded":
            action = {"line_action": "create_payment_event", "payment_event_type": "refunded"}
            return {**action, **one}
        action = {"order_action": "create_order_payment_event", "amount": "19.75"}
        return {**action, "payment_event_type": "refunded"}

    @pytest.mark.parametrize(
        ("kind", "stay", "back", "atomic_requests"),
        [
            pytest.param("items come back", 19, 25, False, marks=slow),
            ("items come back", 19, 25, True),
            pytest.param("items are refunded", 0, 50, False, marks=slow),
            pytest.param("items are refunded", 0, 50, True, marks=slow),
            # Without a transaction around it only the due jobs can tell: nothing of ours runs.
            ("money is refunded", 19, 25, True),
        ],
        indirect=["atomic_requests"],
    )
    def test_each_failing(self, stage, teapot, kinds, kind, stay, back, atomic_requests):
        clerk = desk.owner()

        def scene(customer):
            points = 50 if loyal() else 0
            number = f"next-{customer.pk}"
            order = world.place(
                customer, products=[teapot, teapot], number=number, status="Pending", points=points
            )
            url = reverse("dashboard:order-detail", args=[order.number])
            page = stage.browser.get(url, user=clerk)
            token = page.forms["order_status_form"]["csrfmiddlewaretoken"].value
            fields = {"csrfmiddlewaretoken": token, **self.sent(kind, order.lines.get())}
            return lambda: stage.browser.post(url, fields, user=clerk)

        member = partial(small_member, "50.00")
        for played in stage.each_failing(scene, member, redeemable=True):
            assert [visit[0] for visit in played.pages] == [302]
            assert_the_books_come_right(played.member, 50 - 50 + stay + back)
            order = played.member.orders.get(number__startswith="next-")
            assert Award.objects.get(order_number=order.number).carried == stay
            assert Hold.objects.get(order_number=order.number).returned == back
            assert Entry.objects.filter(order_number=order.number).count() == 4
