"""Letters about the membership itself."""

from datetime import datetime, timedelta

from oscar_loyalty import conf
from oscar_loyalty.flows.blanks.topic import Telling, Topic, Values
from oscar_loyalty.words.wording import written


def _sign_in_changed(telling: Telling) -> Values:
    message, terms = telling.message, telling.terms
    # Not when it is sent: that may be days later, when staff let it be tried again.
    changed_at = datetime.fromisoformat(message.about) if message.about else message.planned_at
    until = changed_at + timedelta(hours=conf.PAUSE_HOURS())
    return {
        "day": written(terms.local_date(changed_at)),
        "until": written(terms.local_time(until)) if until > telling.at else "",
    }


TOPICS = {"sign-in-changed": Topic(_sign_in_changed)}
