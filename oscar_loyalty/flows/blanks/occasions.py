"""Letters that wish members well: on an occasion, or by surprise."""

from datetime import date, datetime

from oscar_loyalty.flows.blanks import presents
from oscar_loyalty.flows.blanks.topic import Telling, Topic, Values
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.occasions import queries as occasions_queries
from oscar_loyalty.program.occasions.models import Occasion
from oscar_loyalty.program.occasions.policy import Occurrence, named, occurrences
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.words.wording import written


def _occasion(telling: Telling) -> Values:
    about = telling.message.about
    found = _found(about) if about else _any_one(telling.terms.local_date(telling.at))
    if found is None:
        return {}
    occasion, day = found
    values = {"occasion": str(occasion.name), "day": written(day.kept_date)}
    return {**presents.brought(telling), **values}


def _is_ahead(message: Message, at: datetime) -> bool:
    """Not over: it may have waited for a quiet hour, or for the week's place."""
    found, terms = _found(message.about), terms_queries.written()
    if found is None or terms is None or terms.local_date(at) > found[1].kept_date:
        return False
    return presents.can_be_used(message, at)


def _found(about: str) -> tuple[Occasion, Occurrence] | None:
    """The occasion, unless it was switched off or moved elsewhere in the year."""
    occasion_id, _, day = about.partition(":")
    occasion = occasions_queries.active_one(int(occasion_id))
    occurrence = occasion and named(occasion.feast, date.fromisoformat(day))
    return (occasion, occurrence) if occasion and occurrence else None


def _any_one(today: date) -> tuple[Occasion, Occurrence] | None:
    """For who only looks at a text."""
    for occasion in occasions_queries.active():
        for occurrence in occurrences(occasion.feast, since=today):
            return occasion, occurrence
    return None


TOPICS = {
    "occasion": Topic(_occasion, still_true=_is_ahead),
    "surprise": Topic(presents.brought, still_true=presents.can_be_used),
}
