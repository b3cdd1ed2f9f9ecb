"""
The only writer of coupons. Where a voucher is written too, it comes first; an account comes last.
"""

import secrets
from collections.abc import Collection
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from oscar_loyalty import bulk
from oscar_loyalty.errors import KeyReused
from oscar_loyalty.program.coupons import policy
from oscar_loyalty.program.coupons.models import Coupon, CouponOffer
from oscar_loyalty.program.coupons.policy import Claim, Gift


def lock(account_ids: Collection[int]) -> None:
    """Keep whoever uses a coupon of these accounts waiting until the transaction ends."""
    rows = Coupon.objects.filter(account_id__in=account_ids).order_by("pk")
    list(rows.select_for_update().values_list("pk", flat=True))


def offer_for(gift: Gift) -> CouponOffer:
    """The row for what coupons of this kind give, locked, so that Oscar's offer is made once."""
    fields = {name: getattr(gift, name) for name in ("kind", "value", "minimum", "currency")}
    made, _created = CouponOffer.objects.get_or_create(
        key=gift.key, defaults={**fields, "range_id": gift.range_id}
    )
    CouponOffer.objects.filter(pk=made.pk).update(key=gift.key)
    made.refresh_from_db()
    return made


def tie_offer(gives: CouponOffer, offer_id: int) -> None:
    """Remember which offer of Oscar's gives it."""
    CouponOffer.objects.filter(pk=gives.pk).update(offer_id=offer_id)


def standing_for(wanted: Collection[Coupon]) -> dict[str, Coupon]:
    """
    The coupon for each key of these: the one that was entered, else the first of them.

    :raises KeyReused: if one of the same key is for another member or with another gift.
    """
    found = Coupon.objects.in_bulk([coupon.key for coupon in wanted], field_name="key")
    for coupon in wanted:
        there = found.setdefault(coupon.key, coupon)
        if (there.account_id, there.gives_id) != (coupon.account_id, coupon.gives_id):
            raise KeyReused(
                _("%(key)s was given already, with another coupon.") % {"key": coupon.key}
            )
    return found


def enter(new: Collection[Coupon]) -> None:
    """
    Enter coupons with their vouchers, in one statement.

    Whoever enters the same with the same gift has waited for its row before they looked.

    :raises KeyReused: if a key came at this moment with another gift.
    """
    # In one order, or two who enter the same keys could wait for each other.
    ordered = sorted(new, key=lambda coupon: coupon.key)
    try:
        with transaction.atomic():
            made = bulk.insert_numbered(Coupon, [bulk.row_of(coupon) for coupon in ordered])
    except IntegrityError:
        standing_for(new)
        raise
    for coupon, pk in zip(ordered, made, strict=True):
        coupon.pk = pk


def new_code() -> str:
    """A code that nobody can guess."""
    # Of 32 signs a byte makes none likelier than another.
    drawn = (byte % len(policy.ALPHABET) for byte in secrets.token_bytes(policy.SIGNS))
    return policy.written("".join(policy.ALPHABET[place] for place in drawn))


def claim(
    voucher_id: int, basket_id: int, *, at: datetime, instead_of: Claim | None = None
) -> bool:
    """
    Claim an open coupon for a basket that is being paid: it was free, or `instead_of` was there.

    One statement decides between baskets; True again for the basket that has it, however late.
    """
    free = Coupon.objects.filter(
        _free_for(basket_id, instead_of), voucher_id=voucher_id, order_number=""
    )
    usable = free.filter(Q(expires_at__gt=at) | Q(basket_id=basket_id), closed_at=None)
    return bool(usable.update(basket_id=basket_id, claimed_at=at))


def use(
    voucher_id: int,
    order_number: str,
    *,
    basket_id: int | None,
    at: datetime,
    instead_of: Claim | None = None,
) -> bool:
    """Claim a coupon for an order for good, once, unless a basket other than its own has it."""
    free = Coupon.objects.filter(
        _free_for(basket_id, instead_of), voucher_id=voucher_id, order_number=""
    )
    return bool(free.update(order_number=order_number, claimed_at=at))


def close(coupon_id: int, *, at: datetime) -> None:
    """Let nobody use the coupon any more."""
    Coupon.objects.filter(pk=coupon_id, closed_at=None).update(closed_at=at)


def reopen(coupon_id: int, *, expires_at: datetime) -> None:
    """Let its member use the coupon again, until then."""
    Coupon.objects.filter(pk=coupon_id).update(
        closed_at=None, expires_at=expires_at, basket_id=None, claimed_at=None
    )


def move(account_id: int, into_id: int) -> None:
    """Make the coupons of one account another's."""
    Coupon.objects.filter(account_id=account_id).update(account_id=into_id)


def forget_words(account_id: int) -> None:
    """Drop the notes about a member's coupons, and keep what was given and used."""
    Coupon.objects.filter(account_id=account_id).update(note="")


def _free_for(basket_id: int | None, instead_of: Claim | None) -> Q:
    """By its moment too: a basket that begins to pay again has claimed the coupon anew."""
    free = Q(basket_id=None) | Q(basket_id=basket_id)
    if instead_of is None:
        return free
    other, since = instead_of
    return free | Q(basket_id=other, claimed_at=since)
