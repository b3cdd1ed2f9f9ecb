"""Staff take things back at Oscar's own dashboard; payment plugins write refunds."""

from decimal import Decimal

import pytest
from django.db import connections, transaction
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty.flows import books_audited, due_jobs
from oscar_loyalty.models import Account, Award, Entry, Hold
from tests import comebacks, world
from tests.functional import buying, desk
from tests.functional.reading import words

pytestmark = pytest.mark.django_db(transaction=True)

OFF_AND_ON = pytest.mark.parametrize("atomic_requests", [False, True], indirect=True)


@pytest.fixture
def atomic_requests(request, monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", request.param)
    return request.param


@pytest.fixture
def order(db):
    """Four cups and a teapot for £60: 60 points."""
    world.programme(redeemable=True)
    dora = world.customer("dora")
    cup, pot = world.product("10.00"), world.product("20.00")
    return world.place(dora, products=[cup, cup, cup, cup, pot], status="Pending")


@pytest.fixture
def clerk(order):
    """One of the staff at the page of the order, who sends its forms."""
    client = desk.signed_in(desk.owner())

    def send(**fields):
        url = reverse("dashboard:order-detail", args=[order.number])
        assert client.post(url, fields).status_code == 302

    return send


def carried(order):
    return Award.objects.get(order_number=order.number).carried


def lines(order):
    return list(order.lines.order_by("pk").values_list("pk", flat=True))


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


@OFF_AND_ON
class TestTheDashboard:
    def test_an_order_is_cancelled_and_reinstated(self, atomic_requests, order, clerk):
        clerk(order_action="change_order_status", new_status="Cancelled")
        assert carried(order) == 0
        clerk(order_action="change_order_status", new_status="Pending")
        assert carried(order) == 60
        assert_right()

    def test_a_line_is_cancelled(self, atomic_requests, order, clerk):
        cups, _pot = lines(order)
        clerk(
            line_action="change_line_statuses",
            selected_line=cups,
            new_status="Cancelled",
            **{f"selected_line_qty_{cups}": 4},
        )
        assert carried(order) == 20
        assert_right()

    def test_items_come_back(self, atomic_requests, order, clerk):
        get_model("order", "ShippingEventType").objects.create(name="Returned")
        cups, pot = lines(order)
        clerk(
            line_action="create_shipping_event",
            shipping_event_type="returned",
            reference="",
            selected_line=[cups, pot],
            **{f"selected_line_qty_{cups}": 1, f"selected_line_qty_{pot}": 1},
        )
        assert carried(order) == 30
        assert_right()

    def test_items_are_refunded(self, atomic_requests, order, clerk):
        """The event without its lines would first have lowered the whole order."""
        get_model("order", "PaymentEventType").objects.create(name="Refunded")
        cups, _pot = lines(order)
        clerk(
            line_action="create_payment_event",
            payment_event_type="refunded",
            selected_line=cups,
            **{f"selected_line_qty_{cups}": 1},
        )
        assert order.payment_events.get().amount == Decimal("40.00")
        assert carried(order) == 50
        claws = Entry.objects.filter(kind="claw").values_list("points", flat=True)
        assert list(claws) == [-10]
        assert_right()

    def test_money_is_refunded(self, atomic_requests, order, clerk):
        get_model("order", "PaymentEventType").objects.create(name="Refunded")
        clerk(
            order_action="create_order_payment_event",
            payment_event_type="refunded",
            amount="6.00",
        )
        if not atomic_requests:
            assert carried(order) == 60
            due_jobs.run(at=timezone.now())
        assert carried(order) == 54
        assert_right()

    def test_other_events_are_none_of_ours(self, atomic_requests, order, clerk):
        get_model("order", "ShippingEventType").objects.create(name="Shipped")
        cups, _pot = lines(order)
        clerk(
            line_action="create_shipping_event",
            shipping_event_type="shipped",
            reference="",
            selected_line=cups,
            **{f"selected_line_qty_{cups}": 1},
        )
        assert (carried(order), Entry.objects.count()) == (60, 1)


class TestPlugins:
    def test_a_refund_at_once(self, order):
        comebacks.refund(order, "6.00")
        assert carried(order) == 54

    def test_a_refund_that_is_rolled_back_never_was(self, order):
        with transaction.atomic():
            comebacks.refund(order, "6.00")
            transaction.set_rollback(True)
        assert carried(order) == 60

    def test_refund_and_lines_in_one_transaction_are_one_step(self, order):
        with transaction.atomic():
            comebacks.refund(order, "10.00")
            comebacks.refund_items(order, "10.00", (0, 1))
        assert carried(order) == 50
        assert Entry.objects.filter(kind="claw").count() == 1

    def test_however_many_lines_are_one_step(self, order, queries):
        def looks_at_the_order(*items):
            def write():
                with transaction.atomic():
                    comebacks.send_back(order, *items)

            return sum('FROM "oscar_loyalty_award"' in sql for sql in queries(write))

        assert looks_at_the_order((0, 1)) == looks_at_the_order((0, 1), (1, 1)) > 0
        assert carried(order) == 20

    @pytest.mark.parametrize("kept_first", [False, True])
    def test_what_one_savepoint_takes_back_another_may_write(self, order, kept_first):
        with transaction.atomic():
            for is_kept in (kept_first, not kept_first):
                with transaction.atomic():
                    comebacks.refund(order, "6.00")
                    transaction.set_rollback(not is_kept)
        assert carried(order) == 54

    def test_an_event_that_is_deleted(self, order):
        event = comebacks.send_back(order, (0, 1))
        assert carried(order) == 50
        event.delete()
        assert carried(order) == 60
        assert_right()

    def test_other_transactions_are_none_of_ours(self, order):
        comebacks.refund(order, "6.00")
        order.sources.get().debit(Decimal("60.00"))
        assert (carried(order), Entry.objects.count()) == (54, 2)

    def test_our_failure_is_not_theirs(self, order, monkeypatch):
        def broken(*args, **kwargs):
            raise RuntimeError("disk full")

        with monkeypatch.context() as patched:
            patched.setattr("oscar_loyalty.flows.order_recalculated.run", broken)
            comebacks.refund(order, "6.00")
            comebacks.send_back(order, (0, 1))
        assert carried(order) == 60
        due_jobs.run(at=timezone.now())
        assert carried(order) == 50
        assert_right()


class TestPaidWithPoints:
    @pytest.fixture
    def bought(self, django_app, db):
        """Through the checkout: a teapot for £20, of which 1,000 points paid £10; £4.80 to ship."""
        world.programme(redeemable=True)
        buying.open_the_country()
        user = world.customer("dora")
        world.place(user, "1000.00", number="past")
        buying.add(django_app, world.product("20.00", title="Teapot"), user=user)
        page = django_app.get(reverse("basket:summary"), user=user)
        form = next(form for form in page.forms.values() if "points" in form.fields)
        form.submit("all", value="1")
        preview = buying.go_to_preview(django_app, user=user)
        preview.forms["place_order_form"].submit().follow()
        order = user.orders.exclude(number="past").get()
        assert (order.total_incl_tax, Account.objects.get().balance) == (Decimal("14.80"), 10)
        return order

    def test_a_refund_goes_back_the_way_the_order_was_paid(self, bought, django_app):
        comebacks.refund(bought, "7.30")
        assert Hold.objects.get().returned == 250
        assert Account.objects.get().balance == 250 + 7
        clerk = desk.owner()
        award = Award.objects.get(order_number=bought.number)
        page = django_app.get(
            reverse("admin:oscar_loyalty_award_change", args=[award.pk]), user=clerk
        )
        shown = {
            name: words(page.html.select_one(f".field-{name} .readonly"))
            for name in ("refunded", "kept_base", "taken_back", "forgiven", "spent", "returned")
        }
        assert shown == {
            "refunded": "7.30 of 14.80",
            "kept_base": "7.50",
            "taken_back": "3",
            "forgiven": "0",
            "spent": "1,000",
            "returned": "250",
        }
        assert_right()

    def test_the_shopper_reads_what_became_of_it(self, bought, django_app):
        comebacks.refund(bought, "7.30")
        url = reverse("customer:order", args=[bought.number])
        page = django_app.get(url, user=bought.user)
        text = " ".join(page.html.get_text(" ").split())
        assert "You earned 7 points with this order." in text
        assert "Since then 3 points were taken back for what did not stay with you." in text
        history = django_app.get("/accounts/loyalty/", user=bought.user)
        text = " ".join(history.html.get_text(" ").split())
        assert f"Points spent on order {bought.number} returned" in text
        assert f"Spent on order {bought.number}" in text

    def test_the_clerk_cancels_and_reinstates(self, bought):
        comebacks.put(bought, "Pending")
        client = desk.signed_in(desk.owner())
        url = reverse("dashboard:order-detail", args=[bought.number])
        balances = []
        for status in ("Cancelled", "Pending"):
            client.post(url, {"order_action": "change_order_status", "new_status": status})
            balances.append(comebacks.account_of(bought).balance)
        assert balances == [1000, 10]
        assert_right()
