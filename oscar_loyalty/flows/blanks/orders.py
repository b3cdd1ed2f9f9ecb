"""Letters after an order."""

from django.utils.translation import gettext as _

from oscar_loyalty.flows.blanks import topic
from oscar_loyalty.flows.blanks.tiers import next_tier
from oscar_loyalty.flows.blanks.topic import Telling, Topic, Values
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.shop import mails
from oscar_loyalty.words.wording import listed, sentence

#: So many products are named, or a mail would become a list.
PRODUCTS_NAMED = 5


def _thank_you(telling: Telling) -> Values:
    award = earning_queries.award_of(telling.message.order_number)
    return {
        **topic.order(telling.message),
        "earned": topic.points(award.carried) if award else "",
        "spendable_from": _spendable_from(award, telling.terms) if award else "",
        **next_tier(telling),
    }


def _check_in(telling: Telling) -> Values:
    titles = mails.titles_of(telling.message.order_number)
    named = titles[:PRODUCTS_NAMED]
    return {**topic.order(telling.message), "products": listed(named) if named else ""}


def _spendable_from(award: Award, terms: Terms) -> str:
    if award.matured or not award.carried:
        return ""
    if award.available_at:
        words = _("You can spend them from {day}.")
        return sentence(words, day=terms.local_date(award.available_at))
    return _("You can spend them as soon as the shop has confirmed your order.")


TOPICS = {"thank-you": Topic(_thank_you), "check-in": Topic(_check_in)}
