"""Letters about points that come, go, or are about to."""

from collections import Counter
from datetime import date, datetime, timedelta

from oscar_loyalty.flows import points_expired, points_told
from oscar_loyalty.flows.blanks import topic
from oscar_loyalty.flows.blanks.topic import Telling, Topic, Values
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.models import Tier
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.words import expiring
from oscar_loyalty.words.wording import listed

#: What a letter that staff try looks ahead.
A_MONTH = timedelta(days=30)


def _has_some(message: Message, at: datetime) -> bool:
    member = _member(message)
    return bool(member and member.spendable)


def _expiring(telling: Telling) -> Values:
    days = _days(telling.message, telling.member, telling.terms, telling.at)
    told = [str(expiring.expire_on(days[day], day)) for day in sorted(days)]
    return {
        "expiring": topic.points(sum(days.values())),
        "expiring_days": listed(told) if told else "",
    }


def _will_expire(message: Message, at: datetime) -> bool:
    member = _member(message)
    terms = terms_queries.current()
    return bool(member and terms and _days(message, member, terms, at))


def _days(message: Message, member: Membership, terms: Terms, at: datetime) -> Counter[date]:
    """How many points of the member expire on each day that the message is about."""
    until = date.fromisoformat(message.about) if message.about else terms.local_date(at + A_MONTH)
    acts = points_expired.last_acts(terms, member.account_id)
    lots = ledger_queries.lots_by_day(member.account_id, terms.time_zone, moments=acts)
    spendable = (lot for lot in lots if not lot.pending)
    by_tier = bool(Tier.objects.expiry_months())
    days = expiring.days(spendable, member, terms, by_tier=by_tier, at=at)
    return Counter({day: points for day, points in days.items() if day <= until})


def _member(message: Message) -> Membership | None:
    owner = ledger_queries.owner_of(message.account_id)
    return tiers_queries.membership_of(owner) if owner else None


def _returned(telling: Telling) -> Values:
    given, returned = _changes(telling.message)
    return {
        **topic.order(telling.message),
        "taken_back": topic.points(-given),
        "given_again": topic.points(given),
        "returned": topic.points(returned),
        "spent_again": topic.points(-returned),
        "owed": topic.points(-telling.member.balance),
    }


def _changes(message: Message) -> tuple[int, int]:
    return points_told.since(message.order_number, message.about) if message.about else (0, 0)


def _has_changed(message: Message, at: datetime) -> bool:
    return _changes(message) != (0, 0)


TOPICS = {
    "points-spendable": Topic(lambda telling: {}, still_true=_has_some),
    "points-expiring": Topic(_expiring, still_true=_will_expire),
    "points-expiring-soon": Topic(_expiring, still_true=_will_expire),
    "points-returned": Topic(_returned, still_true=_has_changed),
}
