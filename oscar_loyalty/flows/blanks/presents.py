"""What a message has brought its member, in words."""

from oscar_loyalty.flows.blanks import topic
from oscar_loyalty.flows.blanks.topic import Telling, Values
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
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
        "code": coupon.voucher.code if coupon.voucher else "",
        "good_until": written(telling.terms.last_day_before(coupon.expires_at)),
    }
