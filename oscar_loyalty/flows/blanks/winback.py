"""Letters to members who stay away."""

from datetime import datetime

from oscar_loyalty.flows.blanks import presents
from oscar_loyalty.flows.blanks.topic import Telling, Topic, Values
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.winback import queries as winback_queries
from oscar_loyalty.program.winback.models import Lapse
from oscar_loyalty.words.wording import written


def _missed(telling: Telling) -> Values:
    lapse = _lapse(telling.message)
    return {"last_day": written(telling.terms.local_date(lapse.began_at)) if lapse else ""}


def _is_missed(message: Message, at: datetime) -> bool:
    """An order stops all of it, also between queueing and sending."""
    lapse = _lapse(message)
    if lapse is None:
        return False
    return not earning_queries.has_bought_since(lapse.account_id, lapse.began_at)


def _is_welcome(message: Message, at: datetime) -> bool:
    return _is_missed(message, at) and presents.can_be_used(message, at)


def _lapse(message: Message) -> Lapse | None:
    """None when it is over, or a text is only looked at."""
    return winback_queries.open_lapse(int(message.about)) if message.about else None


TOPICS = {
    "win-back": Topic(_missed, still_true=_is_missed),
    "win-back-why": Topic(_missed, still_true=_is_missed),
    "win-back-gift": Topic(presents.brought, still_true=_is_welcome),
    "win-back-goodbye": Topic(_missed, still_true=_is_missed),
}
