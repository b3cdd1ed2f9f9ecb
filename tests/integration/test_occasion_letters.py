"""What a member is told on an occasion, and what it brings."""

from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from django.core import mail
from oscar.test import factories

from oscar_loyalty.flows import letter_tried, letter_written, messages_delivered
from oscar_loyalty.models import (
    Account,
    Coupon,
    DailySearch,
    Entry,
    Message,
    MessageLimits,
    Occasion,
)
from tests.mailing import post, states, switch_on, willing
from tests.occasions import greet, greeted, noon, occasion

pytestmark = pytest.mark.django_db


@pytest.fixture
def wishes(programme):
    switch_on("occasion")
    MessageLimits.objects.update(weekly=50)


class TestBrought:
    def test_points(self, wishes):
        dora = willing()
        occasion(gives="points", value=Decimal(50))
        greet("2027-03-20", "2027-03-20", "2027-03-21")
        dora.refresh_from_db()
        assert dora.balance == 50
        entry = Entry.objects.get()
        key = f"bonus:{Message.objects.get().key}"
        assert (entry.key, entry.reason) == (key, "occasion")
        messages_delivered.run(at=noon("2027-03-20"))
        assert "Here is a present for you: 50 points" in mail.outbox[0].body

    def test_a_coupon_of_each_members_own(self, wishes):
        dora, eve = willing("dora"), willing("eve")
        occasion(gives="percentage", value=Decimal(15), minimum=Decimal(20), valid_days=10)
        greet("2027-03-20", "2027-03-20", "2027-03-21")
        coupons = Coupon.objects.order_by("pk")
        assert [coupon.account for coupon in coupons] == [dora, eve]
        assert [coupon.key for coupon in coupons] == [
            message.key for message in Message.objects.order_by("pk")
        ]
        assert coupons[0].expires_at == datetime(2027, 3, 30, 23, tzinfo=timezone.utc)
        messages_delivered.run(at=noon("2027-03-20"))
        body = mail.outbox[0].body
        assert "Here is a present for you: 15% off your order" in body
        assert "From £20 spent, before discounts" in body
        code = coupons[0].voucher.code
        assert f"Your code for the basket is {code}. It is good until March 30, 2027." in body
        assert coupons[1].voucher.code not in body

    def test_broken_off_and_changed_it_goes_on_with_the_rest(self, wishes, monkeypatch):
        monkeypatch.setattr("oscar_loyalty.flows.audience.CHUNK", 2)
        members = [willing(f"member{number}") for number in range(4)]
        occasion(gives="percentage", value=Decimal(10))
        greet("2027-03-20")
        late = members[2:]
        Message.objects.filter(account__in=late).delete()
        Coupon.objects.filter(account__in=late).delete()
        DailySearch.objects.all().delete()
        Occasion.objects.update(value=Decimal(20))
        assert greet("2027-03-20") == [2]
        given = Coupon.objects.order_by("account").values_list("account", "gives__value")
        assert list(given) == [
            (member.pk, value) for member, value in zip(members, [10, 10, 20, 20], strict=True)
        ]

    def test_a_range_that_is_gone_stops_this_one_only(self, wishes):
        gone = factories.RangeFactory()
        occasion(gives="percentage", value=Decimal(10), range=gone)
        occasion("easter-western", days_ahead=8)
        gone.delete()
        willing()
        with pytest.raises(RuntimeError, match="1 failed, 1 done"):
            greet("2027-03-20")
        assert greeted() == [("dora", "2027-03-28")]
        assert not Coupon.objects.exists()
        Occasion.objects.filter(what="nowruz").update(range=None)
        assert greet("2027-03-20") == [1]
        assert Coupon.objects.count() == 1


class TestSent:
    def test_the_letter(self, wishes):
        occasion(days_ahead=7)
        willing()
        greet("2027-03-14")
        assert messages_delivered.run(at=noon("2027-03-14")) == 1
        (sent,) = mail.outbox
        assert (sent.to, sent.subject) == (["dora@example.com"], "Our best wishes for Nowruz")
        assert "Nowruz is on March 21, 2027. We wish you all the best!" in sent.body
        assert "present" not in sent.body
        assert "List-Unsubscribe" in sent.message()

    def test_in_the_members_own_language(self, wishes):
        dora = willing()
        post(dora, "thank-you", at=noon("2027-01-01"), language="fa")
        occasion(name={"en": "Nowruz", "fa": "نوروز"}, days_ahead=0)
        greet("2027-03-21")
        messages_delivered.run(at=noon("2027-03-21"))
        ((html, _kind),) = mail.outbox[-1].alternatives
        assert '<html lang="fa" dir="rtl">' in html
        assert "نوروز" in html

    @pytest.mark.parametrize(
        "change",
        [
            {"active": False},
            {"what": "yalda"},
            {"announced_date": date(2027, 3, 19)},
        ],
    )
    def test_not_when_it_is_off_or_moved_or_over(self, wishes, change):
        occasion(days_ahead=7)
        willing()
        greet("2027-03-20")
        Occasion.objects.update(**change)
        messages_delivered.run(at=noon("2027-03-20"))
        assert [(state, why) for _key, state, why in states()] == [("dropped", "not-true")]
        assert mail.outbox == []

    def test_not_when_it_was_deleted(self, wishes):
        occasion()
        willing()
        greet("2027-03-20")
        Occasion.objects.all().delete()
        messages_delivered.run(at=noon("2027-03-20"))
        assert [why for _key, _state, why in states()] == ["not-true"]

    def test_two_on_one_day_keep_to_the_weeks_limit(self, wishes):
        MessageLimits.objects.update(weekly=1)
        occasion("easter-western", days_ahead=7)
        occasion("nowruz", days_ahead=0)
        willing()
        assert greet("2027-03-21") == [2]
        for day in range(21, 30):
            messages_delivered.run(at=noon(f"2027-03-{day}"))
        assert [sent.subject for sent in mail.outbox] == ["Our best wishes for Easter-Western"]
        # A week later there is room, but the day is over.
        assert [(state, why) for _key, state, why in states()][1] == ("dropped", "not-true")


class TestLookedAt:
    def look(self):
        source = letter_written.text_of("occasion", "en")
        told = {"language": "en", "member": "dora@example.com", "at": noon("2027-01-15")}
        return letter_tried.run("occasion", source, **told)

    def test_the_next_of_any_occasion(self, wishes):
        occasion("eid-al-fitr")
        willing()
        assert "Eid-Al-Fitr is on March 9, 2027." in self.look().text

    def test_before_there_is_any(self, wishes):
        willing()
        letter = self.look()
        assert letter.subject == "Our best wishes for"
        assert "{{" not in letter.text


def test_the_books_are_right_after_it(wishes, clean_books):
    willing()
    occasion(gives="points", value=Decimal(50))
    greet("2027-03-20")
    assert Account.objects.get().balance == 50
