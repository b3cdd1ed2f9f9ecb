"""Staff give coupons from a member's page; what is refused changes nothing."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.models import Account, Coupon, Programme
from tests import coupons, world
from tests.functional.desk import owner, signed_in, staff
from tests.functional.odd_strings import CORPUS
from tests.sampling import some

Voucher = get_model("voucher", "Voucher")
Offer = get_model("offer", "ConditionalOffer")


@pytest.fixture
def programme(db):
    return world.programme()


@pytest.fixture
def carol(programme):
    return staff("carol", "view_account", "give_coupon", "view_coupon")


@pytest.fixture
def client(carol):
    return signed_in(carol)


@pytest.fixture
def dora(programme):
    return Account.objects.get(user=world.customer("dora"))


def page_of(account):
    return reverse("admin:oscar_loyalty_account_give_coupon", args=[account.pk])


def day(days):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def filled(**changes):
    return {
        "kind": "amount",
        "value": "5",
        "minimum": "",
        "range": "",
        "last_day": day(30),
        "reason": "apology",
        "note": "The parcel came late.",
        "source": str(uuid.uuid4()),
        **changes,
    }


def said(response):
    return [str(message) for message in response.context["messages"]]


def errors(response):
    return {name: list(found) for name, found in response.context["form"].errors.items()}


def given():
    return Coupon.objects.count(), Voucher.objects.count(), Offer.objects.count()


def test_a_coupon_is_given(client, carol, dora):
    music = factories.RangeFactory(name="Music")
    sent = filled(value="٥,٥٠", minimum="20", range=music.pk, last_day="2030-06-30")
    response = client.post(page_of(dora), sent, follow=True)
    coupon = Coupon.objects.select_related("voucher", "gives").get()
    code = coupon.voucher.code
    assert said(response) == [f"dora has the coupon {code} now, until June 30, 2030."]
    gift = coupon.gives.gift
    assert (gift.kind, gift.value, gift.minimum, gift.range_id, gift.currency) == (
        "amount",
        Decimal("5.50"),
        Decimal("20"),
        music.pk,
        "GBP",
    )
    assert coupon.expires_at == datetime(2030, 7, 1, tzinfo=ZoneInfo("Europe/London"))
    assert (coupon.key, coupon.reason, coupon.note, coupon.actor) == (
        f"staff:{sent['source']}",
        "apology",
        "The parcel came late.",
        f"user:{carol.pk}",
    )


def test_a_gift_is_given(client, dora):
    mugs = factories.RangeFactory(name="Mugs")
    response = client.post(page_of(dora), filled(kind="gift", value="5", range=mugs.pk))
    assert errors(response) == {"value": [VALUE]}
    client.post(page_of(dora), filled(kind="gift", value="", range=mugs.pk))
    gift = Coupon.objects.get().gives.gift
    assert (gift.kind, gift.value, gift.range_id) == ("gift", 0, mugs.pk)
    assert given() == (1, 1, 1)


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("percentage", "100", "100.00"),
        ("percentage", "0.01", "0.01"),
        ("amount", "1000000", "1000000.00"),
        ("free-shipping", "", "0.00"),
        ("free-shipping", "0", "0.00"),
    ],
)
def test_at_the_borders(client, dora, kind, value, kept):
    client.post(page_of(dora), filled(kind=kind, value=value, last_day=day(0)))
    assert Coupon.objects.get().gives.value == Decimal(kept)


def test_a_form_sent_twice_gives_once(client, dora):
    sent = filled()
    client.post(page_of(dora), sent)
    response = client.post(page_of(dora), sent, follow=True)
    assert said(response)[-1] == "This coupon is already given; nothing was given again."
    assert given() == (1, 1, 1)


def test_a_form_sent_again_with_another_coupon_is_refused(client, dora):
    sent = filled()
    client.post(page_of(dora), sent)
    response = client.post(page_of(dora), {**sent, "value": "6"})
    assert errors(response) == {
        "__all__": [f"staff:{sent['source']} was given already, with another coupon."]
    }
    assert given() == (1, 1, 1)


VALUE = (
    "A percentage is from 0.01 to 100 and an amount from 0.01 to 1,000,000; "
    "free shipping and a gift have no value."
)
SUM = "Write a sum such as 10 or 12.50."
DAY = "Choose a day from today on, within ten years."


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"kind": "percentage", "value": "100.01"}, "value", VALUE),
        ({"kind": "percentage", "value": "0"}, "value", VALUE),
        ({"value": ""}, "value", VALUE),
        ({"value": "1000000.01"}, "value", VALUE),
        ({"kind": "free-shipping", "value": "5"}, "value", VALUE),
        ({"kind": "gift", "value": ""}, "range", "A gift is an item of a range: choose which."),
        ({"value": "-5"}, "value", SUM),
        ({"value": "5.001"}, "value", SUM),
        ({"value": "NaN"}, "value", SUM),
        ({"value": "5\x00"}, "value", SUM),
        ({"minimum": "-1"}, "minimum", SUM),
        (
            {"minimum": "1000000.01"},
            "minimum",
            "Ensure this value is less than or equal to 1000000.",
        ),
        ({"kind": ""}, "kind", "This field is required."),
        (
            {"kind": "pony"},
            "kind",
            "Select a valid choice. pony is not one of the available choices.",
        ),
        (
            {"range": "999999"},
            "range",
            "Select a valid choice. That choice is not one of the available choices.",
        ),
        (
            {"range": "1\x00"},
            "range",
            "Null characters are not allowed.",
        ),
        ({"last_day": ""}, "last_day", "This field is required."),
        ({"last_day": day(-1)}, "last_day", DAY),
        ({"last_day": day(3662)}, "last_day", DAY),
        ({"last_day": "9999-12-31"}, "last_day", DAY),
        ({"last_day": "2026-02-30"}, "last_day", "Enter a valid date."),
        ({"last_day": "2030-01-01\x00"}, "last_day", "Enter a valid date."),
        ({"note": ""}, "note", "This field is required."),
        ({"note": "..."}, "note", "Write a note that says why."),
        ({"note": "a\x00b"}, "note", "Null characters are not allowed."),
        ({"note": "a\x07b"}, "__all__", "The note contains characters that cannot be read."),
        ({"reason": ""}, "reason", "This field is required."),
        ({"source": "1"}, "source", "Enter a valid UUID."),
    ],
)
def test_a_form_that_makes_no_sense_is_refused(client, dora, changes, field, sentence):
    response = client.post(page_of(dora), filled(**changes))
    assert response.status_code == 200
    assert errors(response) == {field: [sentence]}
    assert given() == (0, 0, 0)


@pytest.mark.parametrize("field", ["value", "minimum", "range", "last_day", "kind"])
@pytest.mark.sampled
def test_odd_strings_are_no_failure_of_ours(client, dora, field):
    for odd in some(CORPUS, one_in=4):
        response = client.post(page_of(dora), filled(**{field: odd}))
        assert response.status_code in (200, 302), repr(odd)
        if response.status_code == 200:
            assert list(errors(response)) == [field], repr(odd)
    # Figures in other digits, and blanks where a field may stay empty.
    assert all(0 < one.gives.value <= 5 for one in Coupon.objects.select_related("gives"))


@pytest.mark.parametrize("user", [owner, lambda: staff("dave", "give_coupon")])
def test_nobody_gives_themselves_a_coupon(programme, user):
    actor = user()
    own = Account.objects.get(user=actor)
    response = signed_in(actor).post(page_of(own), filled())
    assert errors(response) == {"__all__": ["You cannot give yourself a coupon; ask a colleague."]}
    assert given() == (0, 0, 0)


def test_without_a_programme_nothing_is_given(client, dora):
    Programme.objects.all().delete()
    response = client.post(page_of(dora), filled())
    assert errors(response) == {"__all__": ["There is no programme yet."]}
    assert given() == (0, 0, 0)


def test_reading_the_form_gives_nothing(client, dora):
    assert client.get(page_of(dora), filled()).status_code == 200
    assert client.put(page_of(dora), "value=5", content_type="text/plain").status_code == 405
    assert given() == (0, 0, 0)


def test_the_list_names_codes_and_orders(client, dora):
    used = coupons.give(dora.user)
    coupons.give(dora.user, "free-shipping", "0", source="other")
    coupons.order(dora.user, "20.00", coupon=used, number="12345")
    url = reverse("admin:oscar_loyalty_coupon_changelist")
    page = client.get(url).content.decode()
    assert used.voucher.code in page
    assert "Coupon: £5 off" in page
    found = client.get(url, {"q": "12345"}).context["cl"].queryset
    assert [coupon.pk for coupon in found] == [used.pk]
    change = reverse("admin:oscar_loyalty_coupon_change", args=[used.pk])
    assert "12345" in client.get(change).content.decode()


def test_a_code_that_is_gone_is_said_to_be(client, dora):
    coupon = coupons.give(dora.user)
    coupon.voucher.delete()
    for name, args in (("changelist", []), ("change", [coupon.pk])):
        page = client.get(reverse(f"admin:oscar_loyalty_coupon_{name}", args=args))
        assert "deleted" in page.content.decode()
        assert coupon.voucher.code not in page.content.decode()
