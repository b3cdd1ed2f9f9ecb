"""Letters to members who stay away."""

from datetime import datetime, timedelta

from oscar_loyalty.flows import coupon_given, members_missed
from oscar_loyalty.flows.blanks import topic
from oscar_loyalty.flows.blanks.topic import Telling, Topic, Values
from oscar_loyalty.program.coupons import queries as coupons_queries
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.winback import queries as winback_queries
from oscar_loyalty.program.winback.models import Lapse
from oscar_loyalty.shop import money
from oscar_loyalty.words.wording import written


def _missed(telling: Telling) -> Values:
    lapse = _lapse(telling.message)
    return {"last_day": written(telling.terms.local_date(lapse.began_at)) if lapse else ""}


def _gift(telling: Telling) -> Values:
    lapse = _lapse(telling.message)
    return _present(members_missed.key_of(lapse.pk), telling.terms) if lapse else {}


def _present(key: str, terms: Terms) -> Values:
    """What was given, as it was given: staff may have chosen another present since."""
    coupon = coupons_queries.given_for(key)
    if coupon is None:
        return {"gift": topic.points(ledger_queries.points_given(f"bonus:{key}"))}
    gift = coupon.gives.gift
    # The moment it expires is not a part of it any more.
    last_day = terms.local_date(coupon.expires_at - timedelta(microseconds=1))
    return {
        "gift": coupon_given.words_for(gift),
        "code": coupon.voucher.code if coupon.voucher else "",
        "minimum": money.formatted(gift.minimum, gift.currency) if gift.minimum else "",
        "until": written(last_day),
    }


def _is_missed(message: Message, at: datetime) -> bool:
    """An order stops all of it, also between queueing and sending."""
    lapse = _lapse(message)
    if lapse is None:
        return False
    return not earning_queries.has_bought_since(lapse.account_id, lapse.began_at)


def _lapse(message: Message) -> Lapse | None:
    """None when it is over, or a text is only looked at."""
    return winback_queries.open_lapse(int(message.about)) if message.about else None


TOPICS = {
    "win-back": Topic(_missed, still_true=_is_missed),
    "win-back-why": Topic(_missed, still_true=_is_missed),
    "win-back-gift": Topic(_gift, still_true=_is_missed),
    "win-back-goodbye": Topic(_missed, still_true=_is_missed),
}
