"""
Each of our statements fails in turn while somebody uses Oscar's own pages.

Beside what our tags put there, each page says what it says in the same shop without us, or what it
says when nothing fails. The order is placed and charged once, and the next run of the due jobs
brings the books to where they would have been.
"""

import time
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import oscar
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from oscar.apps.order.signals import order_placed
from oscar.core.loading import get_class, get_model

from oscar_loyalty import conf
from oscar_loyalty.flows import books_audited, due_jobs
from oscar_loyalty.models import Account, Award, Entry, TierBenefit
from tests import comebacks, world
from tests.functional import buying, desk
from tests.functional.reading import without_numbers, without_ours
from tests.functional.sabotage import our_statements
from tests.sampling import some

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sampled]

NOTHING = nullcontext()
OFF_AND_ON = pytest.mark.parametrize(
    "atomic_requests", [False, pytest.param(True, marks=pytest.mark.slow)], indirect=True
)


@pytest.fixture
def atomic_requests(request, monkeypatch):
    wanted = getattr(request, "param", False)
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", wanted)
    return wanted


@pytest.fixture
def teapot(db):
    """For £20, in a shop without a programme."""
    buying.open_the_country()
    return world.product("20.00", title="Teapot")


def open_programme(**terms):
    """Silver from £100; Gold from £300, with twice the points and free shipping."""
    world.programme(**terms)
    world.tier("Silver", 1, "100", multiplier="1.50")
    gold = world.tier("Gold", 2, "300", multiplier="2.00")
    TierBenefit.objects.create(tier=gold, kind="free-shipping")


def oscars_own_templates():
    """Oscar's come before our overlays, which then add nothing."""
    (engine,) = settings.TEMPLATES
    folders = [*engine["DIRS"], Path(oscar.__file__).parent / "templates"]
    return override_settings(TEMPLATES=[{**engine, "DIRS": folders}])


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


@pytest.fixture
def visits(django_app, monkeypatch):
    """Every page that was asked for: status, method, path and all that Oscar says on it."""
    seen = []
    ask = django_app.do_request

    def note(request, *args, **kwargs):
        answer = ask(request, *args, **kwargs)
        said = answer.headers.get("Location") or without_ours(answer)
        told = (without_numbers(text) for text in (request.path, said))
        seen.append((answer.status_int, request.method, *told))
        return answer

    monkeypatch.setattr(django_app, "do_request", note)
    return seen


def gold_member(*, days_ago=0):
    """Gold by an order of £300 that earned 300 points."""
    member = world.customer()
    # Oscar numbers the orders of the checkout itself, from 100000 on.
    placed_at = timezone.now() - timedelta(days=days_ago)
    world.place(member, "300.00", number=f"first-{member.pk}", at=placed_at)
    return member


def assert_the_books_come_right(member, points, *, pending=0):
    """After the due jobs the account holds what it should."""
    assert None not in due_jobs.run(at=timezone.now()).values()
    account = Account.objects.get(user=member)
    assert (account.balance, account.pending) == (points, pending)


#: Goes with a customer as far as the step that is looked at, and gives that step.
Scene = Callable[[Any], Callable[[], object]]


@dataclass
class Played:
    member: Any
    pages: list
    statements: list


@dataclass
class Stage:
    """Where a scene is played, each time by a new customer."""

    browser: Any
    visits: list

    def play(self, scene: Scene, member: Any, fail_at: int | None = None, beside=NOTHING):
        """What pages the step led to, and our statements on the way."""
        self.browser.reset()
        step = scene(member)
        self.visits.clear()
        with beside, our_statements(fail_at) as statements:
            step()
        return Played(member, list(self.visits), statements)

    def each_failing(self, scene: Scene, gold=gold_member, **terms):
        """Play undisturbed, then with all our statements failing, then with each in turn."""
        with oscars_own_templates():
            without_us = self.play(scene, world.customer())
        open_programme(**terms)
        self.play(scene, gold())  # fills what is remembered between requests
        undisturbed = self.play(scene, gold())
        assert len(undisturbed.statements) >= 3, "hardly a scene of ours"
        yield undisturbed
        statements = list(enumerate(["all", *undisturbed.statements]))
        for number, sql in some(statements, one_in=3):
            played = self.play(scene, gold(), fail_at=number)
            assert len(played.statements) >= number, "the scene was not the same again"
            for page, *others in zip(
                played.pages, without_us.pages, undisturbed.pages, strict=True
            ):
                assert page in others[: 2 if number else 1], f"statement {number}: {sql}"
            yield played


@pytest.fixture
def stage(django_app, visits):
    """When all has been played there, the audit finds nothing."""
    yield Stage(django_app, visits)
    assert books_audited.run(at=timezone.now()).violations == []


class TestTheWayToTheCheckout:
    def test_adding_to_the_basket(self, stage, teapot):
        def scene(member):
            return lambda: buying.add(stage.browser, teapot, user=member).follow()

        for played in stage.each_failing(scene):
            line = played.member.baskets.get(status="Open").lines.get()
            assert (line.product, line.quantity) == (teapot, 1)
            assert_the_books_come_right(played.member, 300)

    def test_address_method_and_preview(self, stage, teapot):
        def scene(member):
            buying.add(stage.browser, teapot, user=member).follow()
            return lambda: buying.go_to_preview(stage.browser, user=member)

        for played in stage.each_failing(scene):
            assert_the_books_come_right(played.member, 300)


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
    """A customer has gone up to the preview, and places the order."""

    browser: Any
    product: Any
    till: list
    thanks: bool = True

    def __call__(self, member):
        buying.add(self.browser, self.product, user=member)
        preview = buying.go_to_preview(self.browser, user=member)
        self.till.clear()
        place = preview.forms["place_order_form"].submit
        return (lambda: place().maybe_follow()) if self.thanks else place

    def assert_placed_once(self, member):
        order = member.orders.latest("pk")
        assert member.orders.count() == 2
        assert self.till == [(order.number, order.total_incl_tax)]
        # Whose tier cannot be read at that moment pays for shipping like everybody else.
        assert order.total_incl_tax in (Decimal("20.00"), Decimal("24.80"))
        assert order.sources.count() == 1
        assert order.basket.status == "Submitted"


@pytest.fixture
def last_step(django_app, teapot, till):
    return LastStep(django_app, teapot, till)


class TestPlacingTheOrder:
    @OFF_AND_ON
    def test_each_failing(self, stage, last_step, atomic_requests):
        charged = []
        for played in stage.each_failing(last_step):
            assert [visit[0] for visit in played.pages] == [302, 200]
            last_step.assert_placed_once(played.member)
            charged += [amount for _number, amount in last_step.till]
            assert_the_books_come_right(played.member, 300 + 2 * 20)
            assert Award.objects.filter(account__user=played.member).count() == 2
        undisturbed, all_failing, *_each_failing = charged
        assert (undisturbed, all_failing) == (Decimal("20.00"), Decimal("24.80"))

    def test_a_locked_table_is_not_waited_for_long(
        self, stage, last_step, till, require_postgres, monkeypatch
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
        open_programme()
        last_step.thanks = False
        played = stage.play(last_step, gold_member())
        waited = time.monotonic() - till.pop()
        blocker.close()
        assert 0.7 <= waited < 3
        last_step.assert_placed_once(played.member)
        assert Account.objects.get(user=played.member).balance == 300
        assert_the_books_come_right(played.member, 300 + 2 * 20)

    def test_a_receiver_of_the_shop_that_raises_is_oscars_affair(self, stage, last_step, till):
        """Oscar shows its problem page and opens the basket again; the order stands and earns."""
        open_programme()
        played = stage.play(last_step, gold_member(), beside=a_failing_receiver())
        assert [visit[0] for visit in played.pages] == [200]
        order = played.member.orders.latest("pk")
        assert till == [(order.number, Decimal("20.00"))]
        assert (order.sources.count(), order.basket.status) == (0, "Open")
        assert_the_books_come_right(played.member, 300 + 2 * 20)


@dataclass(frozen=True)
class Change:
    """Statuses that an order goes through, the last at the clerk's desk, and what comes of it."""

    statuses: tuple[str, ...]
    entries: list[tuple[str, int]]
    balance: int
    pending: int = 0
    spendable: str = "at-once"
    spent: int = 0


CHANGES = {
    "cancelled": Change(("Cancelled",), [("earn", 40), ("claw", -40)], 300),
    "cancelled, though points paid": Change(
        ("Cancelled",),
        [("earn", 40), ("redeem", -200), ("return", 200), ("claw", -40)],
        300,
        spent=200,
    ),
    "reinstated": Change(
        ("Cancelled", "Pending"), [("earn", 40), ("claw", -40), ("restore", 40)], 340
    ),
    # The order of £300 stays as it was.
    "spendable": Change(("Being processed",), [("earn", 40)], 340, 300, spendable="on-status"),
}


class TestChangingTheStatus:
    @pytest.fixture(
        params=[
            pytest.param(change, id=name, marks=[] if change.spent else pytest.mark.slow)
            for name, change in CHANGES.items()
        ]
    )
    def change(self, request):
        return request.param

    def each_failing(self, stage, teapot, change, *, days_ago=0):
        clerk = desk.owner()

        def scene(customer):
            number = f"next-{customer.pk}"
            placed_at = timezone.now() - timedelta(days=days_ago)
            order = world.place(customer, products=[teapot], number=number, at=placed_at)
            if change.spent and Account.objects.filter(user=customer).exists():
                comebacks.spend(order, change.spent)
            *before, last = change.statuses
            for status in before:
                order.set_status(status)
            page = stage.browser.get(reverse("dashboard:order-detail", args=[number]), user=clerk)
            form = page.forms["order_status_form"]
            form["new_status"] = last
            return lambda: form.submit().follow()

        terms = {"spendable": change.spendable, "spendable_status": "Being processed"}
        gold = partial(gold_member, days_ago=days_ago and days_ago + 1)
        for played in stage.each_failing(scene, gold, **terms):
            order = played.member.orders.get(number__startswith="next-")
            changes = order.status_changes.order_by("pk").values_list("new_status", flat=True)
            assert (order.status, tuple(changes)) == (change.statuses[-1], change.statuses)
            assert_the_books_come_right(played.member, change.balance, pending=change.pending)
            entries = Entry.objects.filter(order_number=order.number).order_by("pk")
            assert list(entries.values_list("kind", "points")) == change.entries

    @OFF_AND_ON
    def test_each_failing(self, stage, teapot, change, atomic_requests):
        self.each_failing(stage, teapot, change)

    @pytest.mark.slow
    def test_each_failing_for_an_order_older_than_the_sweep_looks_back(self, stage, teapot, change):
        self.each_failing(stage, teapot, change, days_ago=conf.SWEEP_DAYS() + 10)
