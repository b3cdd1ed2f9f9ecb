"""Letters after an order."""

from datetime import datetime

from django.utils.translation import gettext as _

from oscar_loyalty.flows.blanks import topic
from oscar_loyalty.flows.blanks.topic import Telling, Topic, Values
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.shop import mails
from oscar_loyalty.words import progress
from oscar_loyalty.words.wording import listed, sentence

#: So many products are named, or a mail would become a list.
PRODUCTS_NAMED = 5


def _thank_you(telling: Telling) -> Values:
    award = earning_queries.award_of(telling.message.order_number)
    return {
        **topic.order(telling.message),
        "earned": topic.points(award.carried) if award else "",
        "spendable_from": _spendable_from(award, telling.terms) if award else "",
        "next_tier": _next_tier(telling.member, telling.terms, telling.at),
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


def _next_tier(member: Membership, terms: Terms, at: datetime) -> str:
    tiers, made = tiers_queries.ladder_of(member.account_id, terms, at=at)
    rank = next((tier.rank for tier in tiers if tier.pk == member.tier_id), -1)
    above = next((tier for tier in tiers if tier.rank > rank), None)
    if above is None:
        return ""
    return progress.towards(above, made, terms, terms.local_date(at)).to_go


TOPICS = {"thank-you": Topic(_thank_you), "check-in": Topic(_check_in)}
