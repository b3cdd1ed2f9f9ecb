"""Letters about tiers."""

from datetime import datetime

from oscar_loyalty.flows.blanks.topic import Telling, Topic, Values
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.words import benefits
from oscar_loyalty.words.wording import listed


def _reached(telling: Telling) -> Values:
    ladder = tiers_queries.ladder_in_words()
    held = next((tier for tier in ladder if tier.pk == telling.member.tier_id), None)
    given = benefits.of(held, telling.terms.currency)
    return {"benefits": listed([str(one) for one in given]) if given else ""}


def _is_on_it(message: Message, at: datetime) -> bool:
    held = tiers_queries.tiers_of([message.account_id]).get(message.account_id)
    return str(held) == message.about


TOPICS = {"tier-reached": Topic(_reached, still_true=_is_on_it)}
