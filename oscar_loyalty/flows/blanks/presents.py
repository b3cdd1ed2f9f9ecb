"""What a message has brought its member, in words."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from oscar_loyalty.flows.blanks import topic
from oscar_loyalty.flows.blanks.topic import Telling, Values
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.shop import products
from oscar_loyalty.words import gifts
from oscar_loyalty.words.wording import written


def brought(telling: Telling) -> Values:
    """Points or a coupon that were given for the message's cause; all empty for neither."""
    key = telling.message.cause_key
    coupon = coupons_queries.given_for(key)
    if coupon is None:
        present = topic.points(ledger_queries.points_given(f"bonus:{key}"))
        return {"present": present, "condition": "", "code": "", "good_until": ""}
    gift = coupon.gives.gift
    named = products.range_name(gift.range_id) if gift.range_id else None
    return {
        "present": gifts.gives(gift, named),
        "condition": gifts.asks(gift, named) or "",
        "code": _unbroken(coupon.voucher.code) if coupon.voucher else "",
        "good_until": written(telling.terms.last_day_before(coupon.expires_at)),
    }


def can_be_used(message: Message, at: datetime) -> bool:
    """Whether a coupon that was given for it can still be used; true where none was."""
    return not coupons_queries.is_over(message.cause_key, at=at)


def _unbroken(code: str) -> SafeString:
    """A code that no line ends within: whoever types it off must not take a hyphen for a break."""
    return format_html('<span style="white-space: nowrap">{}</span>', code)
