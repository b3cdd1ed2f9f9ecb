"""Something went wrong: those whom it concerns are found, kept on a list, and told once."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone as django_timezone
from oscar.test import factories

from oscar_loyalty.errors import ApologyRefused, InvalidCoupon, NoProgramme
from oscar_loyalty.flows import (
    apology_listed,
    apology_released,
    member_erased,
    member_exported,
    preferences_chosen,
    spending_blocked,
)
from oscar_loyalty.models import (
    Account,
    Apology,
    ApologyRecipient,
    Coupon,
    Message,
    MessageKind,
    Programme,
)
from tests import coupons, world
from tests.apologising import (
    FROM,
    IN_MARCH,
    UNTIL,
    balances,
    customers,
    draft,
    listed,
    on_list,
    outcomes,
    send,
    take_off,
)
from tests.mailing import switch_on

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]

MIDNIGHT = datetime(2026, 3, 1, 0, 0, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


@pytest.fixture
def shop(programme):
    switch_on("apology")
    return programme


@pytest.fixture
def people(shop):
    return customers()


class TestFound:
    def test_by_the_days(self, people):
        assert listed(draft()) == ["bob", "dora"]

    @pytest.mark.parametrize(
        ("moment", "is_in"),
        [
            (MIDNIGHT - SECOND, False),
            (MIDNIGHT, True),
            # The clocks of London are an hour ahead by then.
            (datetime(2026, 3, 31, 22, 59, 59, tzinfo=timezone.utc), True),
            (datetime(2026, 3, 31, 23, 0, tzinfo=timezone.utc), False),
        ],
    )
    def test_days_are_those_of_the_programme(self, shop, bob, moment, is_in):
        world.place(bob, "10.00", at=moment)
        assert listed(draft()) == (["bob"] if is_in else [])

    def test_from_a_day_and_until_a_day(self, people):
        assert listed(draft(placed_from=date(2026, 4, 1))) == ["eve"]
        assert listed(draft(placed_until=UNTIL)) == ["bob", "dora"]

    def test_by_product_and_all_its_variants(self, shop):
        parent = factories.create_product(structure="parent")
        red = world.product(parent=parent, structure="child")
        blue = world.product(parent=parent, structure="child")
        other = world.product()
        for name, item in {"bob": red, "dora": blue, "eve": other}.items():
            world.place(world.customer(name), products=[item, world.product()], at=IN_MARCH)
        assert listed(draft(product=parent)) == ["bob", "dora"]
        assert listed(draft(product=blue)) == ["dora"]
        assert listed(draft(product=other)) == ["eve"]

    def test_by_partner(self, shop):
        cup, pot = world.product(), world.product()
        potter = factories.PartnerFactory()
        pot.stockrecords.update(partner=potter)
        for name, item in {"bob": cup, "dora": pot}.items():
            world.place(world.customer(name), products=[item], at=IN_MARCH)
        assert listed(draft(partner=potter)) == ["dora"]

    def test_product_and_partner_are_of_one_line(self, shop, bob):
        cup, pot = world.product(), world.product()
        potter = factories.PartnerFactory()
        pot.stockrecords.update(partner=potter)
        world.place(bob, products=[cup, pot], at=IN_MARCH)
        assert listed(draft(product=cup, partner=potter)) == []
        assert listed(draft(product=pot, partner=potter)) == ["bob"]

    def test_by_status(self, shop):
        for number, status in (("1", "Pending"), ("2", "Being processed"), ("3", "Cancelled")):
            world.place(world.customer(f"c{number}"), "5.00", status=status, number=number)
        assert listed(draft(statuses="Pending")) == ["c1"]
        assert listed(draft(statuses="Pending\nCancelled")) == ["c1", "c3"]
        assert listed(draft(statuses="Pen")) == []

    def test_all_that_is_asked_must_hold(self, shop):
        cup, pot = world.product(), world.product()
        april = IN_MARCH + timedelta(days=30)
        orders = {
            "right": ([cup], IN_MARCH, "Pending"),
            "other-product": ([pot], IN_MARCH, "Pending"),
            "other-day": ([cup], april, "Pending"),
            "other-status": ([cup], IN_MARCH, "Cancelled"),
        }
        for name, (items, at, status) in orders.items():
            world.place(world.customer(name), products=items, at=at, status=status)
        partner = cup.stockrecords.get().partner
        days = {"placed_from": FROM, "placed_until": UNTIL}
        assert listed(draft(product=cup, partner=partner, statuses="Pending", **days)) == ["right"]

    def test_one_row_for_a_member_with_their_last_order(self, shop, bob):
        for day in (2, 0, 1):
            world.place(bob, "5.00", number=f"day-{day}", at=IN_MARCH + timedelta(days=day))
        assert listed(draft()) == ["bob"]
        assert ApologyRecipient.objects.values_list("order_number", "orders").get() == ("day-2", 3)

    def test_who_cannot_be_reached_is_counted(self, people):
        at, clerk = django_timezone.now(), world.customer("clerk")
        for name in ("blocked", "silent", "locked", "declined", "erased"):
            world.place(world.customer(name), "10.00", at=IN_MARCH)
        accounts = {one.user.username: one for one in Account.objects.all()}
        spending_blocked.run(accounts["blocked"].pk, note="-", actor_id=clerk.pk, at=at)
        type(clerk).objects.filter(username="silent").update(email="")
        type(clerk).objects.filter(username="locked").update(is_active=False)
        preferences_chosen.run(accounts["declined"].pk, {"apology": False}, at=at)
        member_erased.run(accounts["erased"].pk, at=at)
        apology = draft()
        assert listed(apology) == ["bob", "dora"]
        assert apology.left_out == {
            "guest": 1,
            "no-member": 2,
            "blocked": 1,
            "no-address": 2,
            "declined": 1,
        }

    def test_two_customers_who_are_one_member_are_one_row(self, people):
        world.merge(people["dora"], people["bob"])
        apology = draft()
        assert listed(apology) == ["bob"]
        assert ApologyRecipient.objects.get().orders == 2

    def test_of_what_staff_deleted_there_are_no_orders(self, shop, bob):
        cup = world.product()
        world.place(bob, products=[cup], at=IN_MARCH)
        apology = draft(product=cup)
        assert listed(apology) == ["bob"]
        cup.delete()
        assert listed(apology) == []

    def test_without_a_programme_there_is_no_clock(self, people):
        apology = draft()
        Programme.objects.all().delete()
        with pytest.raises(NoProgramme):
            apology_listed.run(apology.pk, at=django_timezone.now())
        assert ApologyRecipient.objects.count() == 0
        world.programme()

    def test_in_so_many_queries_whatever_the_number(self, shop, django_assert_max_num_queries):
        for _customer in range(30):
            world.place(world.customer(), "5.00", at=IN_MARCH)
        apology = draft()
        with django_assert_max_num_queries(20):
            apology_listed.run(apology.pk, at=django_timezone.now())
        assert ApologyRecipient.objects.count() == 30


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "Everybody"},
        {"placed_from": UNTIL, "placed_until": FROM},
        {"placed_from": date(1, 1, 1)},
        {"placed_until": date(9999, 12, 31)},
        {"placed_from": FROM, "gives": "points", "value": Decimal("1.5")},
        {"placed_from": FROM, "gives": "amount", "value": Decimal(0)},
        {"placed_from": FROM, "gives": "percentage", "value": Decimal(101)},
        {"placed_from": FROM, "valid_days": 0},
        {"placed_from": FROM, "what_happened": "x" * 1001},
        {"placed_from": FROM, "what_happened": ""},
    ],
)
def test_a_draft_that_makes_no_sense_is_refused(shop, wrong):
    with pytest.raises(ValidationError):
        draft(**wrong)
    assert Apology.objects.count() == 0


class TestTheList:
    def test_what_was_seen_is_what_is_sent(self, people):
        apology = draft()
        assert listed(apology) == ["bob", "dora"]
        world.place(people["eve"], "10.00", number="late", at=IN_MARCH)
        world.place(people["bob"], "10.00", number="more", at=IN_MARCH)
        assert send(apology)
        assert on_list(apology) == ["bob", "dora"]
        assert Message.objects.count() == 2
        assert balances("bob", "dora", "eve") == [70, 60, 20]

    def test_who_is_taken_off_gets_nothing(self, people):
        apology = draft()
        listed(apology)
        take_off(apology, "dora")
        assert send(apology)
        assert outcomes(apology) == {"bob": "told", "dora": ""}
        assert balances("bob", "dora") == [60, 10]

    def test_who_is_taken_off_stays_off_when_it_is_made_anew(self, people):
        apology = draft()
        listed(apology)
        take_off(apology, "dora")
        world.place(people["eve"], "10.00", number="late", at=IN_MARCH)
        assert listed(apology) == ["bob", "dora", "eve"]
        off = ApologyRecipient.objects.filter(chosen=False)
        assert [row.account.user.username for row in off] == ["dora"]

    def test_rows_of_another_apology_are_not_chosen(self, people):
        apology, other = draft(), draft()
        listed(apology), listed(other)
        theirs = list(ApologyRecipient.objects.filter(apology=other).values_list("pk", flat=True))
        apology_listed.choose(apology.pk, shown=theirs, chosen=[])
        assert ApologyRecipient.objects.filter(chosen=False).count() == 0

    def test_once_it_is_sent_nothing_about_it_changes(self, people):
        apology = draft()
        listed(apology)
        assert send(apology)
        rows = list(ApologyRecipient.objects.values())
        acts = [
            lambda: apology_listed.run(apology.pk, at=django_timezone.now()),
            lambda: apology_listed.choose(apology.pk, shown=[rows[0]["id"]], chosen=[]),
        ]
        for act in acts:
            with pytest.raises(ApologyRefused):
                act()
        apology_listed.forget(apology.pk)
        assert list(ApologyRecipient.objects.values()) == rows

    def test_an_export_tells_of_it(self, people):
        listed(draft())
        rows = member_exported.run(people["bob"].loyalty_account.pk)["apologies"]
        assert [row["order_number"] for row in rows] == ["bob"]


class TestRefused:
    def assert_refused(self, apology, sentence, **kwargs):
        with pytest.raises(ApologyRefused, match=sentence):
            send(apology, **kwargs)
        assert (Message.objects.count(), Coupon.objects.count()) == (0, 0)
        apology.refresh_from_db()
        assert apology.released_at is None

    def test_without_a_list(self, people):
        self.assert_refused(draft(), "First see who is affected")

    def test_to_nobody(self, shop):
        apology = draft()
        assert listed(apology) == []
        self.assert_refused(apology, "Nobody is on the list")

    def test_while_such_messages_are_off(self, people):
        apology = draft()
        listed(apology)
        MessageKind.objects.update(active=False)
        self.assert_refused(apology, "switched off")

    def test_while_the_programme_is_off(self, people):
        apology = draft()
        listed(apology)
        Programme.objects.update(active=False)
        self.assert_refused(apology, "programme is switched off")

    def test_when_it_is_another_than_was_seen(self, people):
        apology = draft()
        listed(apology)
        seen = apology.revision
        take_off(apology, "dora")
        with pytest.raises(ApologyRefused, match="changed meanwhile"):
            apology_released.run(
                apology.pk,
                revision=seen,
                actor_id=people["eve"].pk,
                at=django_timezone.now(),
            )
        assert Message.objects.count() == 0

    def test_with_a_coupon_for_a_range_that_is_gone(self, people):
        cups = coupons.product_range("Cups")
        apology = draft(placed_from=FROM, gives="amount", value=Decimal(5), range=cups)
        listed(apology)
        cups.delete()
        with pytest.raises(InvalidCoupon):
            send(apology)
        assert (Message.objects.count(), Coupon.objects.count()) == (0, 0)

    def test_to_oneself(self, people):
        apology = draft()
        listed(apology)
        take_off(apology, "dora")
        self.assert_refused(apology, "Only you are on the list", by=people["bob"])

    def test_who_sends_it_gets_nothing_and_all_others_do(self, people):
        apology = draft()
        listed(apology)
        assert send(apology, by=people["bob"])
        assert outcomes(apology) == {"bob": "", "dora": "told"}
        assert balances("bob", "dora") == [10, 60]
