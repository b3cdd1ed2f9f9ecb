"""A member's coupons, in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.coupons.models import Coupon
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.shop import products
from oscar_loyalty.words import gifts
from oscar_loyalty.words.wording import sentence

#: The page shows so many coupons, what expires soonest first.
COUPONS_SHOWN = 50


@dataclass(frozen=True)
class CouponCard:
    """One coupon that can be used: what it gives, from what spend on, and until when."""

    coupon_id: int
    code: str
    gives: SafeString
    asks: SafeString | None
    until: SafeString


def cards(account_id: int, terms: Terms, *, at: datetime) -> list[CouponCard]:
    """The coupons a member can use now."""
    mine = coupons_queries.spendable(account_id, at=at)[:COUPONS_SHOWN]
    return [_card(coupon, terms) for coupon in mine]


def _card(coupon: Coupon, terms: Terms) -> CouponCard:
    gift = coupon.gives.gift
    named = products.range_name(gift.range_id) if gift.range_id else None
    # The moment it expires is not a part of it any more.
    last_day = terms.local_date(coupon.expires_at - timedelta(microseconds=1))
    return CouponCard(
        coupon_id=coupon.pk,
        code=coupon.voucher.code,
        gives=gifts.gives(gift, named),
        asks=gifts.asks(gift, named),
        until=sentence(_("Good until {day}"), day=last_day),
    )
