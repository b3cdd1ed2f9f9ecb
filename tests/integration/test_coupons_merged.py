"""Coupons of two accounts that became one: for either log-in, and never twice for one cause."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty import errors
from oscar_loyalty.flows import accounts_merged, books_audited, coupon_given
from oscar_loyalty.models import Account, Coupon
from tests import coupons, world

pytestmark = pytest.mark.django_db

Voucher = get_model("voucher", "Voucher")


@pytest.fixture
def ann(programme):
    """Whose account goes."""
    return world.customer("ann")


@pytest.fixture
def anna(programme):
    """Whose account stays."""
    return world.customer("anna")


@pytest.fixture
def carol(programme):
    """Who works for the shop."""
    return world.customer("carol")


def account(user):
    return Account.objects.get(user=user)


def merge(gone, stays, actor):
    terms = {"note": "Same person", "actor_id": actor.pk, "at": timezone.now()}
    accounts_merged.run(account(gone).pk, account(stays).pk, **terms)


def give_by_staff(account_id, actor, **changes):
    terms = {
        "expires_at": timezone.now() + timedelta(days=30),
        "reason": "apology",
        "note": "  The parcel came late. ",
        "actor_id": actor.pk,
        "source": "form",
        "at": timezone.now(),
        **changes,
    }
    return coupon_given.by_staff(account_id, coupon_given.gift_of("amount", Decimal(5)), **terms)


def given():
    return Coupon.objects.count(), Voucher.objects.count()


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


@pytest.mark.parametrize("who", ["ann", "anna"])
@pytest.mark.parametrize("whose", ["ann", "anna"])
def test_both_log_ins_use_the_coupons_of_both(ann, anna, carol, who, whose):
    people = {"ann": ann, "anna": anna}
    coupon = coupons.give(people[whose])
    merge(ann, anna, carol)
    order = coupons.order(people[who], "20.00", coupon=coupon, number="1")
    assert order.total_incl_tax == Decimal("15.00")
    assert coupons.chain() == [("1", False, None)]
    assert_right()


@pytest.mark.parametrize("who", ["ann", "anna"])
def test_oscar_lets_both_log_ins_add_the_code(ann, anna, carol, who):
    coupon = coupons.give(ann)
    merge(ann, anna, carol)
    basket = coupons.basket_of({"ann": ann, "anna": anna}[who], "20.00")
    assert coupon.voucher.is_available_for_basket(basket)[0]


def test_nobody_else_uses_them(ann, anna, carol, bob):
    coupon = coupons.give(ann)
    merge(ann, anna, carol)
    basket = coupons.as_next_seen(coupons.basket_of(bob, "20.00", coupon=coupon))
    assert basket.total_incl_tax == Decimal("20.00")
    assert not coupon.voucher.is_available_for_basket(basket)[0]


@pytest.mark.parametrize("who", ["ann", "anna"])
def test_the_same_source_gives_nothing_more(ann, anna, carol, who):
    coupon = coupons.give(ann, source="birthday")
    merge(ann, anna, carol)
    assert coupons.give({"ann": ann, "anna": anna}[who], source="birthday") == coupon
    assert given() == (1, 1)
    assert_right()


def test_the_same_source_with_another_gift_is_refused(ann, anna, carol):
    coupons.give(ann, source="birthday")
    merge(ann, anna, carol)
    with pytest.raises(errors.KeyReused):
        coupons.give(ann, value="6.00", source="birthday")
    assert given() == (1, 1)


def test_another_source_gives_to_the_account_that_stays(ann, anna, carol):
    merge(ann, anna, carol)
    coupon = coupons.give(ann, source="birthday")
    stays = account(anna).pk
    assert (coupon.account_id, coupon.key) == (stays, f"shop:{stays}:birthday")


def test_staff_with_a_stale_form_give_a_closed_account_nothing(ann, anna, carol):
    merge(ann, anna, carol)
    with pytest.raises(errors.AccountClosed):
        give_by_staff(account(ann).pk, carol)
    assert given() == (0, 0)
    coupon_id = give_by_staff(account(anna).pk, carol).coupon_id
    coupon = Coupon.objects.get(pk=coupon_id)
    assert (coupon.note, coupon.actor) == ("The parcel came late.", f"user:{carol.pk}")


@pytest.mark.parametrize(
    ("whose", "refusal"), [("old", errors.AccountClosed), ("new", errors.OwnAccount)]
)
def test_staff_who_were_merged_give_themselves_nothing(ann, anna, carol, whose, refusal):
    merge(ann, anna, carol)
    own = {"old": account(ann).pk, "new": account(anna).pk}[whose]
    with pytest.raises(refusal):
        give_by_staff(own, ann)
    assert given() == (0, 0)


@pytest.mark.parametrize(
    ("note", "refusal"), [(" \n", errors.NoteMissing), ("a\x00b", errors.InvalidCause)]
)
def test_a_note_that_says_nothing(ann, carol, note, refusal):
    with pytest.raises(refusal):
        give_by_staff(account(ann).pk, carol, note=note)
    assert given() == (0, 0)
