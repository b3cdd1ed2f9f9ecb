"""What the blanks of a letter are filled in with: plain words, in the language in force."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty import conf
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import Award
from oscar_loyalty.program.messages.models import Message
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers import queries as tiers_queries
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.shop import mails, money
from oscar_loyalty.shop.mails import Correspondent
from oscar_loyalty.words import benefits, progress
from oscar_loyalty.words.letters import TEXTS
from oscar_loyalty.words.wording import listed, sentence, written

#: So many products are named, or a mail would become a list.
PRODUCTS_NAMED = 5

Values = Mapping[str, str]


def of(message: Message, reader: Correspondent, *, at: datetime) -> dict[str, str]:
    """Every blank that such a message has, by name; empty where there is nothing to say."""
    terms = terms_queries.current()
    member = tiers_queries.membership_of(reader.user_id)
    values = dict.fromkeys(TEXTS[message.kind].blanks, "") | _common(reader, member, terms)
    if member and terms:
        values |= _OWN[message.kind](message, member, terms, at)
    return values


def url(name: str) -> str:
    """The full address of one of our pages."""
    return mails.base_url() + reverse(f"oscar_loyalty:{name}")


def _common(
    reader: Correspondent, member: Membership | None, terms: Terms | None
) -> dict[str, str]:
    spendable = member.spendable if member and terms else 0
    return {
        "first_name": reader.first_name,
        "shop_name": mails.shop_name(),
        "points": _points(spendable),
        "points_worth": money.formatted(terms.worth(spendable), terms.currency) if terms else "",
        "tier": str(member.tier) if member and member.tier else "",
        "account_url": url("account"),
    }


def _thank_you(message: Message, member: Membership, terms: Terms, at: datetime) -> Values:
    award = earning_queries.award_of(message.order_number)
    return {
        **_order(message),
        "earned": _points(award.carried) if award else "",
        "spendable_from": _spendable_from(award, terms) if award else "",
        "next_tier": _next_tier(member, terms, at),
    }


def _check_in(message: Message, member: Membership, terms: Terms, at: datetime) -> Values:
    titles = mails.titles_of(message.order_number)
    named = titles[:PRODUCTS_NAMED]
    return {**_order(message), "products": listed(named) if named else ""}


def _tier_reached(message: Message, member: Membership, terms: Terms, at: datetime) -> Values:
    ladder = tiers_queries.ladder_in_words()
    held = next((tier for tier in ladder if tier.pk == member.tier_id), None)
    given = benefits.of(held, terms.currency)
    return {"benefits": listed([str(one) for one in given]) if given else ""}


def _sign_in_changed(message: Message, member: Membership, terms: Terms, at: datetime) -> Values:
    # Not when it is sent: that may be days later, when staff let it be tried again.
    changed_at = datetime.fromisoformat(message.about) if message.about else message.planned_at
    until = changed_at + timedelta(hours=conf.PAUSE_HOURS())
    return {
        "day": written(terms.local_date(changed_at)),
        "until": written(terms.local_time(until)) if until > at else "",
    }


_OWN: dict[str, Callable[[Message, Membership, Terms, datetime], Values]] = {
    "thank-you": _thank_you,
    "check-in": _check_in,
    "tier-reached": _tier_reached,
    "sign-in-changed": _sign_in_changed,
}


def _order(message: Message) -> dict[str, str]:
    number = message.order_number
    return {
        "order_number": number,
        "order_url": mails.base_url() + mails.order_path(number) if number else "",
    }


def _points(points: int) -> str:
    if points <= 0:
        return ""
    words = ngettext("{points} point", "{points} points", points)
    return sentence(words, points=points)


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
