"""What the blanks of a letter are filled in with: plain words, in the language in force."""

from datetime import datetime

from oscar_loyalty.flows.blanks import (
    apologies,
    birthdays,
    campaigns,
    occasions,
    orders,
    people,
    points,
    reviews,
    tiers,
    topic,
    winback,
)
from oscar_loyalty.flows.blanks.topic import Telling, Topic
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.shop import mails, money
from oscar_loyalty.shop.mails import Correspondent
from oscar_loyalty.words.letters import TEXTS

TOPICS: dict[str, Topic] = {
    **orders.TOPICS,
    **points.TOPICS,
    **tiers.TOPICS,
    **people.TOPICS,
    **apologies.TOPICS,
    **birthdays.TOPICS,
    **campaigns.TOPICS,
    **occasions.TOPICS,
    **reviews.TOPICS,
    **winback.TOPICS,
}


def of(message: Message, reader: Correspondent, *, at: datetime) -> dict[str, str]:
    """Every blank that such a message has, by name; empty where there is nothing to say."""
    terms = terms_queries.current()
    member = tiers_queries.membership_of(reader.user_id)
    values = dict.fromkeys(TEXTS[message.kind].blanks, "") | _common(reader, member, terms)
    if member and terms:
        values |= TOPICS[message.kind].blanks(Telling(message, member, terms, at))
    return values


def are_still_true(message: Message, *, at: datetime) -> bool:
    """Whether what the message would say is so by now."""
    return TOPICS[message.kind].still_true(message, at)


def _common(
    reader: Correspondent, member: Membership | None, terms: Terms | None
) -> dict[str, str]:
    spendable = member.spendable if member and terms else 0
    return {
        "first_name": reader.first_name,
        "shop_name": mails.shop_name(),
        "points": topic.points(spendable),
        "points_worth": money.formatted(terms.worth(spendable), terms.currency) if terms else "",
        "tier": str(member.tier) if member and member.tier else "",
        "account_url": topic.url("account"),
    }
