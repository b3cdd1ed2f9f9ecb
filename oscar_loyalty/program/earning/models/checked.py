"""What a rule must not say, in one sentence at each field."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from oscar_loyalty.program.ledger.policy import is_action
from oscar_loyalty.program.terms.models import MOST_POINTS_PER_UNIT, YEARS, Programme
from oscar_loyalty.program.terms.policy import returned_share

#: What only an order has.
OF_ORDERS = (
    "product",
    "category",
    "range",
    "every",
    "countries",
    "minimum",
    "nth_order",
    "cap_order",
)

Refusals = Iterator[tuple[str, str]]


def refuse_nonsense(version: Any) -> None:
    """
    :raises ValidationError: if the version makes no sense.
    """
    found: dict[str, str] = {}
    for field, words in (
        *_effect(version),
        *_occasion(version),
        *_target(version),
        *_times(version),
        *_limits(version),
        *_expiry(version),
    ):
        found.setdefault(field, words)
    if found:
        raise ValidationError(found)


def _effect(version: Any) -> Refusals:
    """What does not belong to the effect is cleared, what it needs is asked for."""
    gives, effect = version.Effect, version.effect
    if effect == gives.MULTIPLIER:
        yield from _factor(version)
    else:
        version.factor = None
    if effect in (gives.MULTIPLIER, gives.EXCLUDES):
        version.points, version.every, version.per_amount = 0, None, None
        return
    if not version.points:
        yield "points", _("Write how many points it gives.")
    if effect == gives.PER_MONEY:
        version.every = None
        yield from _per_amount(version)
    else:
        version.per_amount = None


def _factor(version: Any) -> Refusals:
    if version.factor is None or version.factor <= 1:
        yield "factor", _("Write by how much to multiply, more than 1.")
    elif _is_too_generous(version.factor):
        yield "factor", _("With this a shopper gets back more than they pay. Multiply by less.")


def _per_amount(version: Any) -> Refusals:
    if not version.per_amount:
        yield "per_amount", _("Write for how much money it gives these points.")
    elif version.points and version.points > MOST_POINTS_PER_UNIT * version.per_amount:
        words = _("Give at most %(limit)s points for one unit of money.")
        yield "points", words % {"limit": MOST_POINTS_PER_UNIT}


def _is_too_generous(factor: Decimal) -> bool:
    """Whether the programme's points, so many times, are worth more than was paid for them."""
    programme = Programme.objects.first()
    if programme is None:
        return False
    rates = (programme.earn_points, programme.earn_amount)
    worth = (programme.value_points, programme.value_amount)
    return returned_share(*rates, *worth) * Fraction(factor) > 1


def _occasion(version: Any) -> Refusals:
    trigger = version.Trigger
    if version.trigger == trigger.ACTION:
        if not is_action(version.action):
            yield (
                "action",
                _("Name the action by 1 to 64 letters, digits, hyphens or underscores."),
            )
    else:
        version.action = ""
    if version.trigger == trigger.ORDER:
        return
    if version.effect in (version.Effect.PER_MONEY, version.Effect.EXCLUDES):
        yield "effect", _("Only what an order earns can go by money, or be left out.")
    if version.trigger == trigger.REVIEW and version.expiry_months:
        yield "expiry_months", _("Points for reviews expire like all others.")
    for name in OF_ORDERS:
        if getattr(version, name, None):
            yield name, _("Only orders have this; leave it empty.")


def _target(version: Any) -> Refusals:
    chosen = [name for name in ("product", "category", "range") if getattr(version, f"{name}_id")]
    if len(chosen) > 1:
        yield chosen[1], _("Choose one product, one category or one range.")
    if version.effect == version.Effect.EXCLUDES and not (chosen or _asks(version)):
        yield "effect", _("With this rule no order would ever earn anything; say what it is about.")


def _asks(version: Any) -> bool:
    """Whether it has any condition."""
    names = ("first_day", "last_day", "weekdays", "from_time", "tiers", "groups", "languages")
    return any(getattr(version, name) for name in (*names, "countries", "minimum", "nth_order"))


def _times(version: Any) -> Refusals:
    for name in ("first_day", "last_day"):
        day = getattr(version, name)
        if day and day.year not in YEARS:
            yield name, _("Write a day between 1990 and 2100.")
    since = version.in_force_from
    if since and since.year not in YEARS:
        yield "in_force_from", _("Write a day between 1990 and 2100.")
    if version.first_day and version.last_day and version.last_day < version.first_day:
        yield "last_day", _("It ends before it begins.")
    start, end = version.from_time, version.until_time
    if (start is None) != (end is None):
        yield ("until_time" if end is None else "from_time"), _("Write both times, or none.")
    elif start is not None and start == end:
        yield "until_time", _("Both times are the same; leave both empty for the whole day.")
    if set(version.weekdays) == set(range(1, 8)):
        version.weekdays = []


def _limits(version: Any) -> Refusals:
    if version.cap_period and not version.period:
        yield "period", _("Choose the time in which a member can have so many points.")
    if version.period and not version.cap_period:
        yield "cap_period", _("Write how many points a member can have in that time.")
    limits = ("cap_order", "cap_period", "cap_member", "budget")
    written = [name for name in limits if getattr(version, name)]
    if version.effect == version.Effect.EXCLUDES:
        for name in (*written, *(["expiry_months"] if version.expiry_months else [])):
            yield name, _("What earns nothing has nothing to limit.")
        return
    for smaller, larger in pairwise(written):
        if getattr(version, smaller) > getattr(version, larger):
            yield smaller, _("This is more than what the wider limit below leaves.")


def _expiry(version: Any) -> Refusals:
    programme, months = Programme.objects.first(), version.expiry_months
    if programme is None or not months:
        return
    # They pay before those others, which would be lost meanwhile.
    if programme.counts_expiry_in_months and months > programme.expiry_months:
        yield "expiry_months", _("These points cannot be good for longer than all others.")
    elif refused := programme.refuse_months(months):
        yield "expiry_months", refused
