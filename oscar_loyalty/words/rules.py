"""What a rule gives, what it asks for, and why it gave nothing, each in a whole sentence."""

from collections.abc import Callable, Iterable, Iterator

from django.contrib.auth.models import Group
from django.utils.dates import WEEKDAYS
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.program.earning.models import RuleVersion
from oscar_loyalty.program.tiers.models import Tier
from oscar_loyalty.shop import mails, money, places
from oscar_loyalty.words import rule_effects
from oscar_loyalty.words.wording import listed, sentence

Period = RuleVersion.Period


def version_in(reason: str) -> int | None:
    """The version that gave points for what is no order, by the reason in the books."""
    number = reason.removeprefix("rule:")
    return int(number) if number != reason and number.isdecimal() else None


def sentences(version: RuleVersion) -> list[SafeString]:
    """All that it says."""
    return [effect(version), *conditions(version), *limits(version)]


def in_one(version: RuleVersion) -> SafeString:
    """The same one after the other."""
    return format_html_join(" ", "{}", ((one,) for one in sentences(version)))


def effect(version: RuleVersion) -> SafeString:
    """What it gives, and for what."""
    return rule_effects.of(version)


def conditions(version: RuleVersion) -> Iterator[SafeString]:
    """What it asks for."""
    for said in _CONDITIONS.values():
        told = said(version)
        if told:
            yield told


def limits(version: RuleVersion) -> Iterator[SafeString]:
    """How much it gives at most, and for how long what it gives is good."""
    for name in ("cap-order", "cap-period", "cap-member", "budget"):
        told = limit(version, name)
        if told:
            yield told
    months = version.expiry_months
    if months:
        words = ngettext(
            "What it gives is good for {months} month.",
            "What it gives is good for {months} months.",
            months,
        )
        yield sentence(words, months=months)


def why_not(version: RuleVersion, why: str) -> SafeString:
    """The reason for which it gave nothing for an order."""
    if why in _CONDITIONS:
        return _CONDITIONS[why](version) or sentence(_("It asks for something else by now."))
    return sentence(
        {
            "claimed": _("Another rule came first."),
            "excluded": _("What it is about earns nothing."),
            "too-few": _("There were too few items for it."),
            "budget": _("Its budget was used up."),
            "cap-member": _("The member had all the points that one can have from it."),
            "cap-period": _(
                "The member had all the points that one can have from it in that time."
            ),
            "unknown": _("Something that it asks for was not known."),
        }.get(why, _("Nothing in the order is what it is about."))
    )


def limit(version: RuleVersion, by: str) -> SafeString | None:
    """One of its limits; None where it has no such."""
    most = getattr(version, by.replace("-", "_"))
    if not most:
        return None
    if by == "budget":
        return sentence(_("Only as long as its budget lasts."))
    return sentence(_limit_words(version, by, most), points=most)


def _limit_words(version: RuleVersion, by: str, most: int) -> str:
    if by == "cap-order":
        return ngettext(
            "At most {points} point for an order.", "At most {points} points for an order.", most
        )
    if by == "cap-member":
        return ngettext(
            "At most {points} point for a member.", "At most {points} points for a member.", most
        )
    if version.period == Period.DAY:
        return ngettext(
            "At most {points} point for a member a day.",
            "At most {points} points for a member a day.",
            most,
        )
    if version.period == Period.WEEK:
        return ngettext(
            "At most {points} point for a member a week.",
            "At most {points} points for a member a week.",
            most,
        )
    if version.period == Period.MONTH:
        return ngettext(
            "At most {points} point for a member a month.",
            "At most {points} points for a member a month.",
            most,
        )
    return ngettext(
        "At most {points} point for a member a year.",
        "At most {points} points for a member a year.",
        most,
    )


def _from(version: RuleVersion) -> SafeString | None:
    if version.first_day and version.last_day:
        words = _("Only from {first} to {last}.")
        return sentence(words, first=version.first_day, last=version.last_day)
    if version.first_day:
        return sentence(_("Only from {first} on."), first=version.first_day)
    return None


def _until(version: RuleVersion) -> SafeString | None:
    if version.first_day:
        return None
    return sentence(_("Only until {last}."), last=version.last_day) if version.last_day else None


def _days(version: RuleVersion) -> SafeString | None:
    names = [str(WEEKDAYS[day - 1]) for day in version.weekdays if 1 <= day <= 7]
    if not names:
        return None
    return sentence(_("Only on these days: {days}."), days=listed(names))


def _hours(version: RuleVersion) -> SafeString | None:
    if version.from_time is None:
        return None
    start, end = (_clock(moment) for moment in (version.from_time, version.until_time))
    return sentence(_("Only between {start} and {end}."), start=start, end=end)


def _tiers(version: RuleVersion) -> SafeString | None:
    if not version.tiers:
        return None
    found = {tier.pk: str(tier) for tier in Tier.objects.filter(pk__in=version.tiers)}
    found |= version.drafted_tiers
    names = [found[pk] for pk in version.tiers if pk in found]
    if 0 not in version.tiers:
        return sentence(_("Only for the tiers: {tiers}."), tiers=_named(names))
    if not names:
        return sentence(_("Only for members without a tier."))
    words = _("Only for members without a tier, and for the tiers: {tiers}.")
    return sentence(words, tiers=_named(names))


def _groups(version: RuleVersion) -> SafeString | None:
    if not version.groups:
        return None
    found = Group.objects.filter(pk__in=version.groups).order_by("name")
    names = list(found.values_list("name", flat=True))
    return sentence(_("Only for the customer groups: {groups}."), groups=_named(names))


def _languages(version: RuleVersion) -> SafeString | None:
    if not version.languages:
        return None
    known = mails.written_in()
    names = [_(known.get(code, code)) for code in version.languages]
    return sentence(_("Only for those who read: {languages}."), languages=_named(names))


def _countries(version: RuleVersion) -> SafeString | None:
    if not version.countries:
        return None
    names = [name for _code, name in places.countries(version.countries)]
    return sentence(_("Only for orders that go to: {countries}."), countries=_named(names))


def _nth_order(version: RuleVersion) -> SafeString | None:
    if not version.nth_order:
        return None
    if version.nth_order == 1:
        return sentence(_("Only for a first order."))
    return sentence(_("Only for order number {n} of a customer."), n=version.nth_order)


def _minimum(version: RuleVersion) -> SafeString | None:
    if not version.minimum:
        return None
    amount = money.formatted(version.minimum, rule_effects.currency())
    return sentence(_("Only for orders of {amount} or more."), amount=amount)


def _clock(moment: object) -> str:
    return f"{moment:%H:%M}"


def _named(names: Iterable[str]) -> SafeString:
    """What is deleted has no name any more."""
    return listed(list(names) or ["—"])


#: By what a policy calls it; in the order in which it is told.
_CONDITIONS: dict[str, Callable[[RuleVersion], SafeString | None]] = {
    "not-yet": _from,
    "over": _until,
    "weekday": _days,
    "hours": _hours,
    "tier": _tiers,
    "group": _groups,
    "language": _languages,
    "country": _countries,
    "nth-order": _nth_order,
    "minimum": _minimum,
}
