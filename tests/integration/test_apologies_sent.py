"""An apology goes to those on its list, and only those, with what it brings, each once."""

from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from oscar_loyalty.flows import (
    apology_released,
    apology_sent,
    due_jobs,
    member_erased,
    messages_delivered,
    preferences_chosen,
    presents_given,
    spending_blocked,
)
from oscar_loyalty.models import (
    Account,
    ApologyRecipient,
    Coupon,
    Entry,
    Message,
    MessageKind,
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
    outcomes,
    send,
    take_off,
)
from tests.mailing import states, switch_on

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]


@pytest.fixture
def shop(programme):
    switch_on("apology")
    return programme


@pytest.fixture
def people(shop):
    return customers()


class TestSent:
    def test_points_and_a_letter(self, people):
        apology = draft(
            placed_from=FROM,
            placed_until=UNTIL,
            gives="points",
            value=Decimal(50),
            what_happened="The <b>cups</b> broke.\nAll of them.",
        )
        listed(apology)
        assert send(apology)
        apology.refresh_from_db()
        assert apology.finished_at is not None
        (entry,) = Entry.objects.filter(kind="bonus", account__user=people["bob"])
        assert (entry.points, entry.reason) == (50, "apology")
        assert messages_delivered.run(at=timezone.now()) == 2
        assert sorted(sent.to[0] for sent in mail.outbox) == ["bob@example.com", "dora@example.com"]
        letter = next(sent for sent in mail.outbox if sent.to == ["bob@example.com"])
        assert letter.subject == "An apology from Larkfield"
        assert (
            "Something went wrong with your order bob, and we are sorry.\n\n"
            "The <b>cups</b> broke.\nAll of them.\n\n"
            "We would like to make up for it.\n\n"
            "Here is a present for you: 50 points\n\n"
            "If anything is still not right, answer this message."
        ) in letter.body
        ((html, _kind),) = letter.alternatives
        assert "The &lt;b&gt;cups&lt;/b&gt; broke.<br>\nAll of them." in html

    def test_a_coupon_that_can_be_used(self, people):
        apology = draft(
            placed_from=FROM,
            placed_until=UNTIL,
            gives="amount",
            value=Decimal(5),
            minimum=Decimal(20),
            valid_days=10,
        )
        listed(apology)
        assert send(apology)
        assert Coupon.objects.count() == 2
        given = Coupon.objects.select_related("voucher").get(account__user=people["bob"])
        messages_delivered.run(at=timezone.now())
        letter = next(sent for sent in mail.outbox if sent.to == ["bob@example.com"])
        assert (
            "Here is a present for you: £5 off your order\n\n"
            "From £20 spent, before discounts\n\n"
            f"Your code for the basket is {given.voucher.code}. It is good until "
        ) in letter.body
        assert coupons.order(people["bob"], "30.00", coupon=given).total_incl_tax == 25

    def test_a_letter_alone(self, people):
        apology = draft(placed_from=FROM, placed_until=UNTIL, gives="nothing", value=Decimal(0))
        listed(apology)
        assert send(apology)
        assert (Coupon.objects.count(), Entry.objects.filter(kind="bonus").count()) == (0, 0)
        messages_delivered.run(at=timezone.now())
        assert "To make up for it" not in mail.outbox[0].body

    def test_about_an_order_that_was_cancelled(self, shop, bob):
        world.place(bob, "10.00", number="7", status="Cancelled")
        apology = draft(statuses="Cancelled")
        listed(apology)
        assert send(apology)
        messages_delivered.run(at=timezone.now())
        assert "your order 7" in mail.outbox[0].body

    def test_sent_twice_it_goes_once(self, people):
        apology = draft()
        listed(apology)
        clerk = world.customer("clerk")
        assert send(apology, by=clerk)
        before = (list(Entry.objects.values_list("key")), states())
        assert not send(apology, by=clerk)
        assert not send(apology)
        assert apology_sent.send(apology.pk, at=timezone.now()) == 0
        due_jobs.run(at=timezone.now())
        assert (list(Entry.objects.values_list("key")), states()) == before

    def test_two_apologies_are_two(self, people):
        for apology in (draft(), draft()):
            listed(apology)
            assert send(apology)
        assert balances("bob", "dora") == [110, 110]
        assert Message.objects.count() == 4

    def test_who_changed_since_the_list_was_made(self, people):
        at, clerk = timezone.now(), world.customer("clerk")
        for name in ("blocked", "declined", "gone", "left"):
            world.place(world.customer(name), "10.00", at=IN_MARCH)
        accounts = {one.user.username: one for one in Account.objects.all()}
        apology = draft()
        assert len(listed(apology)) == 6
        spending_blocked.run(accounts["blocked"].pk, note="-", actor_id=clerk.pk, at=at)
        preferences_chosen.run(accounts["declined"].pk, {"apology": False}, at=at)
        member_erased.run(accounts["gone"].pk, at=at)
        accounts["left"].user.delete()
        assert send(apology, by=clerk)
        told = ApologyRecipient.objects.filter(outcome="told").order_by("account_id")
        assert [row.account.user.username for row in told] == ["bob", "dora"]
        assert sorted(ApologyRecipient.objects.values_list("outcome", flat=True)) == [
            "blocked",
            "declined",
            "no-address",
            "no-address",
            "told",
            "told",
        ]
        assert Entry.objects.filter(kind="bonus").count() == 2

    def test_who_was_merged_gets_it_once_where_they_go_on(self, people):
        apology = draft(placed_from=FROM, placed_until=UNTIL, gives="amount", value=Decimal(5))
        listed(apology)
        world.merge(people["bob"], people["dora"])
        assert send(apology)
        assert outcomes(apology) == {"bob": "told", "dora": "once"}
        assert Coupon.objects.get().account.user == people["dora"]
        messages_delivered.run(at=timezone.now())
        assert [sent.to for sent in mail.outbox] == [["dora@example.com"]]

    def test_who_is_merged_while_it_goes_out_gets_it_once(self, people, monkeypatch):
        monkeypatch.setattr(apology_sent, "CHUNK", 1)
        tell, merged = apology_sent._tell, []

        def tell_and_merge(*args, **kwargs):
            told = tell(*args, **kwargs)
            if not merged:
                merged.append(True)
                world.merge(people["bob"], people["dora"])
            return told

        monkeypatch.setattr(apology_sent, "_tell", tell_and_merge)
        apology = draft()
        listed(apology)
        assert send(apology)
        assert sorted(outcomes(apology).values()) == ["once", "told"]
        assert Account.objects.get(user=people["dora"]).balance == 20 + 50

    def test_a_merge_after_the_letter_was_queued_shows_the_same_coupon(self, people):
        apology = draft(placed_from=FROM, placed_until=UNTIL, gives="amount", value=Decimal(5))
        listed(apology)
        take_off(apology, "dora")
        assert send(apology)
        world.merge(people["bob"], people["dora"])
        messages_delivered.run(at=timezone.now())
        (letter,) = mail.outbox
        assert letter.to == ["dora@example.com"]
        assert Coupon.objects.get().voucher.code in letter.body


class TestBrokenOff:
    @pytest.fixture
    def many(self, shop, monkeypatch):
        """Seven members, told two at a time."""
        monkeypatch.setattr(apology_sent, "CHUNK", 2)
        for number in range(7):
            world.place(world.customer(f"m{number}"), "10.00", at=IN_MARCH)
        apology = draft()
        assert len(listed(apology)) == 7
        return apology

    def given(self):
        return Entry.objects.filter(kind="bonus").count(), Message.objects.count()

    @pytest.mark.parametrize("chunks", range(4))
    def test_it_goes_on_where_it_was(self, many, monkeypatch, chunks):
        class Killed(BaseException):
            pass

        give, done = presents_given.run, []

        def die(*args, **kwargs):
            if len(done) == chunks:
                raise Killed
            done.append(give(*args, **kwargs))

        monkeypatch.setattr(presents_given, "run", die)
        with pytest.raises(Killed):
            send(many)
        assert self.given() == (2 * chunks, 2 * chunks)
        monkeypatch.setattr(presents_given, "run", give)
        at, job = timezone.now(), "members told of an apology"
        assert due_jobs.run(at=at)[job] == 7 - 2 * chunks
        assert self.given() == (7, 7)
        many.refresh_from_db()
        assert many.finished_at is not None
        assert due_jobs.run(at=at)[job] == 0

    def test_a_long_list_is_left_to_the_due_jobs(self, many, monkeypatch):
        monkeypatch.setattr(apology_released, "AT_ONCE", 6)
        assert send(many)
        assert self.given() == (0, 0)
        due_jobs.run(at=timezone.now())
        assert self.given() == (7, 7)

    def test_what_fails_at_once_is_made_up_for(self, many, monkeypatch):
        give = presents_given.run

        def fail(*args, **kwargs):
            raise RuntimeError

        monkeypatch.setattr(presents_given, "run", fail)
        assert send(many)
        assert self.given() == (0, 0)
        monkeypatch.setattr(presents_given, "run", give)
        due_jobs.run(at=timezone.now())
        assert self.given() == (7, 7)

    def test_while_such_messages_are_off_it_waits(self, many, monkeypatch):
        monkeypatch.setattr(apology_released, "AT_ONCE", 0)
        assert send(many)
        switch_off()
        due_jobs.run(at=timezone.now())
        assert self.given() == (0, 0)
        switch_on("apology")
        due_jobs.run(at=timezone.now())
        assert self.given() == (7, 7)

    def test_one_whose_books_are_broken_stops_no_other(self, many, monkeypatch):
        give = presents_given._give_points
        broken = Account.objects.get(user__username="m3")

        def refuse(account_id, *args):
            if account_id == broken.pk:
                Account.objects.filter(pk=account_id).update(held=-1)
            give(account_id, *args)

        monkeypatch.setattr(presents_given, "_give_points", refuse)
        assert send(many)
        assert self.given() == (6, 6)
        many.refresh_from_db()
        assert many.finished_at is None
        monkeypatch.setattr(presents_given, "_give_points", give)
        due_jobs.run(at=timezone.now())
        assert self.given() == (7, 7)


def switch_off():
    for kind in MessageKind.objects.all():
        kind.active = False
        kind.save()
