"""
Each of our statements fails in turn while somebody uses Oscar's own pages.

The pages answer as if we were not there, the order is placed and charged once, and the next run
of the due jobs brings the books to where they would have been.
"""

import re
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from django.urls import reverse
from django.utils import timezone
from oscar.apps.order.signals import order_placed
from oscar.core.loading import get_class, get_model

from oscar_loyalty.flows import books_audited, due_jobs
from oscar_loyalty.models import Account, Award, Entry, TierBenefit
from tests import world
from tests.functional import buying, desk
from tests.functional.sabotage import our_statements

pytestmark = pytest.mark.django_db(transaction=True)

NOTHING = nullcontext()
OFF_AND_ON = pytest.mark.parametrize("atomic_requests", [False, True], indirect=True)


@pytest.fixture
def atomic_requests(request, monkeypatch):
    wanted = getattr(request, "param", False)
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", wanted)
    return wanted


@pytest.fixture
def shop(ladder):
    """Gold ships free; a teapot for £20."""
    buying.open_the_country()
    TierBenefit.objects.create(tier=ladder[1], kind="free-shipping")
    return world.product("20.00", title="Teapot")


@pytest.fixture
def till(monkeypatch):
    """A payment gateway's double: what was charged, for which order."""
    charges = []
    source_type = get_model("payment", "SourceType").objects.create(name="Till")

    def charge(self, order_number, total, **kwargs):
        assert connection.in_atomic_block == connection.settings_dict["ATOMIC_REQUESTS"]
        charges.append((str(order_number), total.incl_tax))
        source = get_model("payment", "Source")(
            source_type=source_type, currency=total.currency, amount_allocated=total.incl_tax
        )
        self.add_payment_source(source)

    view = get_class("checkout.views", "PaymentDetailsView")
    monkeypatch.setattr(view, "handle_payment", charge)
    return charges


def without_numbers(text):
    return re.sub(r"\d+", "#", text)


@pytest.fixture
def visits(django_app, monkeypatch):
    """Every page that was asked for: status, method, path and title, numbers left out."""
    seen = []
    ask = django_app.do_request

    def note(request, *args, **kwargs):
        answer = ask(request, *args, **kwargs)
        title = re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL)
        words = " ".join(title[1].split()) if title else answer.headers.get("Location", "")
        seen.append(
            (
                answer.status_int,
                request.method,
                *(without_numbers(t) for t in (request.path, words)),
            )
        )
        return answer

    monkeypatch.setattr(django_app, "do_request", note)
    return seen


def gold_member():
    """Gold by an order of £300 that earned 300 points."""
    member = world.customer()
    # Oscar numbers the orders of the checkout itself, from 100000 on.
    world.place(member, "300.00", number=f"first-{member.pk}")
    return member


def assert_the_books_come_right(member, points):
    """After the due jobs the account holds what it should, and the audit finds nothing."""
    assert None not in due_jobs.run(at=timezone.now()).values()
    assert Account.objects.get(user=member).balance == points
    assert books_audited.run(at=timezone.now()).violations == []


def each_failing(scene):
    """Play the scene undisturbed, then once for each of our statements, which fails."""
    scene()  # fills what is remembered between requests
    with our_statements() as undisturbed:
        wanted = scene()
    for number, sql in enumerate(undisturbed, start=1):
        with our_statements(fail_at=number) as seen:
            assert scene() == wanted, f"statement {number}: {sql}"
        assert len(seen) >= number, "the scene was not the same again"
    return len(undisturbed)


class TestTheWayToTheCheckout:
    def test_adding_to_the_basket(self, django_app, shop, visits):
        member = gold_member()

        def scene():
            visits.clear()
            buying.add(django_app, shop, user=member).follow()
            return list(visits)

        times = each_failing(scene)
        assert times >= 3
        line = get_model("basket", "Line").objects.get(product=shop)
        assert line.quantity == times + 2
        assert_the_books_come_right(member, 300)

    def test_address_method_and_preview(self, django_app, shop, visits):
        member = gold_member()
        buying.add(django_app, shop, user=member)

        def scene():
            visits.clear()
            buying.go_to_preview(django_app, user=member)
            return list(visits)

        assert each_failing(scene) >= 5
        assert_the_books_come_right(member, 300)


@contextmanager
def a_failing_receiver():
    """The shop's own, not ours."""

    def fail(**kwargs):
        raise RuntimeError("not ours")

    order_placed.connect(fail)
    yield
    order_placed.disconnect(fail)


@dataclass
class LastStep:
    """A Gold member goes up to the preview, and then places the order."""

    browser: Any
    product: Any
    visits: list
    till: list

    def place(self, *, fail_at=None, beside=NOTHING, thanks=True):
        """The member, and our statements while the order was placed and thanked for."""
        self.browser.reset()
        member = gold_member()
        buying.add(self.browser, self.product, user=member)
        preview = buying.go_to_preview(self.browser, user=member)
        self.till.clear()
        self.visits.clear()
        with beside, our_statements(fail_at) as statements:
            answer = preview.forms["place_order_form"].submit()
            if thanks:
                answer.maybe_follow()
        return member, statements

    def assert_placed_once(self, member):
        order = member.orders.latest("pk")
        assert member.orders.count() == 2
        assert self.till == [(order.number, order.total_incl_tax)]
        # Whose tier cannot be read at that moment pays for shipping like everybody else.
        assert order.total_incl_tax in (Decimal("20.00"), Decimal("24.80"))
        assert order.sources.count() == 1
        assert order.basket.status == "Submitted"


@pytest.fixture
def last_step(django_app, shop, till, visits):
    return LastStep(django_app, shop, visits, till)


class TestPlacingTheOrder:
    @OFF_AND_ON
    def test_each_failing(self, last_step, atomic_requests):
        last_step.place()
        _member, undisturbed = last_step.place()
        wanted = list(last_step.visits)
        assert [visit[0] for visit in wanted] == [302, 200]
        assert last_step.till[0][1] == Decimal("20.00"), "Gold ships free"
        for number, sql in enumerate(undisturbed, start=1):
            member, statements = last_step.place(fail_at=number)
            assert len(statements) >= number, "the scene was not the same again"
            assert last_step.visits == wanted, f"statement {number}: {sql}"
            last_step.assert_placed_once(member)
            assert_the_books_come_right(member, 300 + 2 * 20)

    @OFF_AND_ON
    def test_all_failing(self, last_step, atomic_requests):
        last_step.place()
        wanted = list(last_step.visits)
        member, _statements = last_step.place(fail_at=0)
        assert last_step.visits == wanted
        last_step.assert_placed_once(member)
        assert Award.objects.filter(account__user=member).count() == 1
        assert_the_books_come_right(member, 300 + 2 * 20)

    def test_a_locked_table_is_waited_for_two_seconds(
        self, last_step, till, require_postgres, monkeypatch
    ):
        """Somebody locks all accounts once the money is taken, and does not let go."""
        view = get_class("checkout.views", "PaymentDetailsView")
        charge = view.handle_payment
        blocker = connection.get_new_connection(connection.get_connection_params())

        def charge_and_block(self, *args, **kwargs):
            charge(self, *args, **kwargs)
            blocker.execute("LOCK TABLE oscar_loyalty_account IN ACCESS EXCLUSIVE MODE")
            till.append(time.monotonic())

        monkeypatch.setattr(view, "handle_payment", charge_and_block)
        member, _statements = last_step.place(thanks=False)
        waited = time.monotonic() - till.pop()
        blocker.close()
        assert 2 <= waited < 4
        last_step.assert_placed_once(member)
        assert Account.objects.get(user=member).balance == 300
        assert_the_books_come_right(member, 300 + 2 * 20)

    def test_a_receiver_of_the_shop_that_raises_is_oscars_affair(self, last_step, till):
        """Oscar shows its problem page and opens the basket again; the order stands and earns."""

        member, _statements = last_step.place(beside=a_failing_receiver())
        assert [visit[0] for visit in last_step.visits] == [200]
        order = member.orders.latest("pk")
        assert till == [(order.number, Decimal("20.00"))]
        assert (order.sources.count(), order.basket.status) == (0, "Open")
        assert_the_books_come_right(member, 300 + 2 * 20)


class TestChangingTheStatus:
    @OFF_AND_ON
    def test_each_failing(self, django_app, shop, visits, atomic_requests):
        clerk = desk.owner()

        def cancel(fail_at=None):
            member = gold_member()
            order = world.place(member, products=[shop], number=f"next-{member.pk}")
            url = reverse("dashboard:order-detail", args=[order.number])
            form = django_app.get(url, user=clerk).forms["order_status_form"]
            form["new_status"] = "Cancelled"
            visits.clear()
            with our_statements(fail_at) as statements:
                form.submit().follow()
            order.refresh_from_db()
            assert (order.status, order.status_changes.count()) == ("Cancelled", 1)
            return member, statements

        cancel()
        _member, undisturbed = cancel()
        wanted = list(visits)
        for number, sql in enumerate(undisturbed, start=1):
            member, statements = cancel(fail_at=number)
            assert len(statements) >= number, "the scene was not the same again"
            assert visits == wanted, f"statement {number}: {sql}"
            assert_the_books_come_right(member, 300)
            assert Entry.objects.filter(account__user=member, kind="claw").count() == 1
