"""Letters about tiers: reached, near, at risk."""

from datetime import datetime, timedelta

from oscar_loyalty.flows.blanks.topic import Telling, Topic, Values
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.messages.policy import TIER_AT_RISK
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.models import Tier
from oscar_loyalty.program.tiers.policy import Fall
from oscar_loyalty.program.tiers.queries import foreseen
from oscar_loyalty.words import benefits, progress
from oscar_loyalty.words.wording import listed, written


def _reached(telling: Telling) -> Values:
    ladder = tiers_queries.ladder_in_words()
    held = next((tier for tier in ladder if tier.pk == telling.member.tier_id), None)
    return {"benefits": _benefits(held, telling.terms)}


def _is_on_it(message: Message, at: datetime) -> bool:
    held = tiers_queries.tiers_of([message.account_id]).get(message.account_id)
    return str(held) == message.about


def next_tier(telling: Telling) -> Values:
    """The way to the next tier, and what it would give; empty at the top."""
    terms, at = telling.terms, telling.at
    tiers, made = tiers_queries.ladder_of(telling.member.account_id, terms, at=at)
    held = telling.member.tier
    above = next((tier for tier in tiers if held is None or tier.rank > held.rank), None)
    if above is None:
        return {"next_tier": "", "next_tier_name": "", "next_benefits": ""}
    return {
        "next_tier": progress.towards(above, made, terms, terms.local_date(at)).to_go,
        "next_tier_name": str(above.name),
        "next_benefits": _benefits(above, terms),
    }


def _is_near(message: Message, at: datetime) -> bool:
    terms = terms_queries.current()
    if terms is None:
        return False
    return bool(foreseen.nearing([message.account_id], terms, terms.local_date(at)))


def _at_risk(telling: Telling) -> Values:
    fall = _fall(telling.member.account_id, telling.terms, telling.at)
    if fall is None:
        return {}
    return {
        "missing": progress.amount(fall.missing, telling.terms),
        "last_day": written(fall.day - timedelta(days=1)),
        **_reached(telling),
    }


def _is_at_risk(message: Message, at: datetime) -> bool:
    terms = terms_queries.current()
    return bool(terms and _fall(message.account_id, terms, at))


def _fall(account_id: int, terms: Terms, at: datetime) -> Fall | None:
    days = messages_queries.active_days().get(TIER_AT_RISK.code, 0)
    return foreseen.next_fall(account_id, terms, within=days + terms.grace_days, at=at)


def _benefits(tier: Tier | None, terms: Terms) -> str:
    given = benefits.of(tier, terms.currency)
    return listed([str(one) for one in given]) if given else ""


TOPICS = {
    "tier-reached": Topic(_reached, still_true=_is_on_it),
    "tier-near": Topic(next_tier, still_true=_is_near),
    "tier-at-risk": Topic(_at_risk, still_true=_is_at_risk),
}
