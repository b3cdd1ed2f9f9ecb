"""How points are earned, in words."""

import zoneinfo
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.program.earning.models import RuleVersion
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.tiers.queries import Membership
from oscar_loyalty.shop import money
from oscar_loyalty.words import expiry, rule_effects, rules
from oscar_loyalty.words.wording import sentence

Base = Programme.Base
Spendable = Programme.Spendable


def ways(
    programme: Programme, versions: list[RuleVersion], membership: Membership | None
) -> list[SafeString]:
    """What a shopper has to know beside the rate to foresee their points, one sentence each."""
    told = [_counted(programme)]
    if membership and membership.tier and membership.multiplier != 1:
        told.append(_multiplied(membership))
    if programme.signup_points:
        told.append(_welcome(programme.signup_points))
    if programme.minimum_order > 0:
        told.append(_minimum(programme))
    today = timezone.localdate(timezone=zoneinfo.ZoneInfo(programme.time_zone))
    told += [rules.in_one(version) for version in versions if _may_be_named(version, today)]
    return [*told, became_spendable(programme), *expiry.rules(programme, membership)]


def became_spendable(programme: Programme) -> SafeString:
    """When points may be spent."""
    if programme.spendable == Spendable.ON_STATUS:
        return sentence(
            _("Points become spendable when the order has the status {status}."),
            status=programme.spendable_status,
        )
    if programme.spendable == Spendable.AFTER_DAYS:
        words = ngettext(
            "Points become spendable {days} day after the order.",
            "Points become spendable {days} days after the order.",
            programme.spendable_after_days,
        )
        return sentence(words, days=programme.spendable_after_days)
    return sentence(_("Points are spendable at once."))


def _counted(programme: Programme) -> SafeString:
    incl_tax = programme.base == Base.INCL_TAX
    if programme.counts_shipping and incl_tax:
        words = _("What counts is what you pay for goods and shipping, with tax, after discounts.")
    elif programme.counts_shipping:
        words = _("What counts is the price of goods and shipping before tax, after discounts.")
    elif incl_tax:
        words = _("What counts is what you pay for goods, with tax, after discounts.")
    else:
        words = _("What counts is the price of goods before tax, after discounts.")
    return sentence(words)


def _multiplied(membership: Membership) -> SafeString:
    return sentence(
        _("As a member of the tier {tier} you get {multiplier} times the points."),
        tier=str(membership.tier),
        multiplier=Decimal(membership.multiplier),
    )


def _welcome(points: int) -> SafeString:
    words = ngettext("{points} point for signing up.", "{points} points for signing up.", points)
    return sentence(words, points=points)


def _minimum(programme: Programme) -> SafeString:
    return sentence(
        _("Orders that count for less than {amount} earn no points."),
        amount=money.formatted(programme.minimum_order, programme.currency),
    )


def _may_be_named(version: RuleVersion, today: date) -> bool:
    """
    Hidden products and categories are not named; Oscar names ranges wherever an offer is.

    Nor is what is over or gone, and what is for some groups of customers is told to nobody else.
    """
    target = version.product or version.category
    if version.groups or (version.last_day and version.last_day < today):
        return False
    if target is None:
        return version.range is not None or rule_effects.target(version) == ""
    return bool(target.is_public)
