"""What staff read about an apology: whom it reaches, whom it does not, and what it costs."""

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from oscar_loyalty.flows import apology_sent
from oscar_loyalty.flows.apology_released import Outlook
from oscar_loyalty.flows.blanks import topic
from oscar_loyalty.program.apologies import queries as apologies_queries
from oscar_loyalty.program.apologies.models import Apology
from oscar_loyalty.shop import money, products
from oscar_loyalty.words import gifts

#: Why somebody is not on the list, in the order in which staff read it.
LEFT_OUT = {
    "guest": ngettext_lazy(
        "%(count)s order of a guest: there is no member to write to.",
        "%(count)s orders of guests: there are no members to write to.",
        "count",
    ),
    "no-member": ngettext_lazy(
        "%(count)s customer is no member.", "%(count)s customers are no members.", "count"
    ),
    "blocked": ngettext_lazy(
        "%(count)s member is blocked.", "%(count)s members are blocked.", "count"
    ),
    "no-address": ngettext_lazy(
        "%(count)s member has no e-mail address, or may not sign in any more.",
        "%(count)s members have no e-mail address, or may not sign in any more.",
        "count",
    ),
    "declined": ngettext_lazy(
        "%(count)s member does not want such messages.",
        "%(count)s members do not want such messages.",
        "count",
    ),
}


def left_out(apology: Apology) -> list[str]:
    """Who is affected and cannot be reached, and why: one sentence for each reason."""
    found = apology.left_out
    return [words % {"count": found[why]} for why, words in LEFT_OUT.items() if found.get(why)]


def counts(apology: Apology) -> list[str]:
    """How many are on the list, and how far it has come."""
    count = apologies_queries.tally(apology.pk)
    listed = ngettext(
        "%(count)s member is affected and can be reached.",
        "%(count)s members are affected and can be reached.",
        count.listed,
    )
    chosen = ngettext("%(count)s of them is chosen.", "%(count)s of them are chosen.", count.chosen)
    told = ngettext("%(count)s is told.", "%(count)s are told.", count.told)
    said = [listed % {"count": count.listed}, chosen % {"count": count.chosen}]
    return [*said, told % {"count": count.told}] if apology.released_at else said


def outlook(apology: Apology, prospect: Outlook) -> list[str]:
    """What sending it now would do, sentence by sentence."""
    said: list[str] = [_gets(apology, prospect)]
    if apology.is_coupon:
        days = apology.valid_days
        words = ngettext(
            "The coupon is good for %(days)s day.", "The coupon is good for %(days)s days.", days
        )
        said.append(words % {"days": days})
    if prospect.cost is None:
        said.append(_("What it costs depends on what they order."))
    elif prospect.cost:
        cost = money.formatted(prospect.cost, prospect.terms.currency)
        words = _("It costs {cost} at most: if everybody uses all of it.")
        said.append(format_html(words, cost=cost))
    if prospect.own:
        said.append(_("You are affected yourself, and get nothing: a colleague can see to that."))
    return said


def _gets(apology: Apology, prospect: Outlook) -> SafeString:
    count = prospect.members
    shown = number_format(count, force_grouping=True)
    if apology.gives == Apology.Gives.NOTHING:
        words = ngettext(
            "{count} member gets the letter.", "{count} members get the letter.", count
        )
        return format_html(words, count=shown)
    if apology.gives == Apology.Gives.POINTS:
        words = ngettext(
            "{count} member gets the letter and {points}.",
            "{count} members get the letter and {points} each.",
            count,
        )
        return format_html(words, count=shown, points=topic.points(int(apology.value)))
    words = ngettext(
        "{count} member gets the letter and a coupon: {gift}.",
        "{count} members get the letter and a coupon each: {gift}.",
        count,
    )
    return format_html(words, count=shown, gift=_coupon(apology))


def _coupon(apology: Apology) -> SafeString:
    gift = apology_sent.gift_of(apology)
    named = products.range_name(gift.range_id) if gift.range_id else None
    given, asked = gifts.gives(gift, named), gifts.asks(gift, named)
    return format_html("{} ({})", given, asked) if asked else given
