"""What a rule gives, for what."""

from decimal import Decimal
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oscar_loyalty.program.earning.models import RuleVersion
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.shop import money
from oscar_loyalty.words.wording import sentence

Effect, Trigger = RuleVersion.Effect, RuleVersion.Trigger


def of(version: RuleVersion) -> SafeString:
    """One sentence, about an order or about what else earns."""
    if version.trigger != Trigger.ORDER:
        return _for_act(version)
    said = {
        Effect.EXCLUDES: _excluded,
        Effect.MULTIPLIER: _multiplied,
        Effect.PER_MONEY: _by_money,
    }.get(Effect(version.effect))
    if said:
        return said(version)
    return _by_items(version) if version.every else _once(version)


def target(version: RuleVersion) -> str:
    """The name of what it is about; empty for the whole order, a dash for what is gone."""
    for name in ("product", "category", "range"):
        if getattr(version, f"{name}_id") is not None:
            found = _related(version, name)
            title = getattr(found, "get_title", None)
            return str(title() if title else found or "—")
    return ""


def currency() -> str:
    """The programme's."""
    return Programme.objects.values_list("currency", flat=True).first() or ""


def _related(version: RuleVersion, name: str) -> Any:
    try:
        return getattr(version, name)
    except ObjectDoesNotExist:
        return None


def _excluded(version: RuleVersion) -> SafeString:
    name = target(version)
    if version.product_id:
        return sentence(_("{product} earns no points."), product=name)
    if name:
        return sentence(_("Nothing in {group} earns points."), group=name)
    return sentence(_("Such an order earns no points."))


def _multiplied(version: RuleVersion) -> SafeString:
    name, factor = target(version), Decimal(version.factor or 1)
    if version.product_id:
        words = _("{factor} times the points for {product}.")
        return sentence(words, factor=factor, product=name)
    if name:
        return sentence(_("{factor} times the points for {group}."), factor=factor, group=name)
    return sentence(_("{factor} times the points."), factor=factor)


def _by_money(version: RuleVersion) -> SafeString:
    name, points = target(version), version.points
    amount = money.formatted(Decimal(version.per_amount or 0), currency())
    if name:
        words = ngettext(
            "{points} extra point for every {amount} spent on {group}.",
            "{points} extra points for every {amount} spent on {group}.",
            points,
        )
        return sentence(words, points=points, amount=amount, group=name)
    words = ngettext(
        "{points} extra point for every {amount}.",
        "{points} extra points for every {amount}.",
        points,
    )
    return sentence(words, points=points, amount=amount)


def _once(version: RuleVersion) -> SafeString:
    name, points = target(version), version.points
    if version.product_id:
        words = ngettext(
            "{points} extra point for an order with {product}.",
            "{points} extra points for an order with {product}.",
            points,
        )
        return sentence(words, points=points, product=name)
    if name:
        words = ngettext(
            "{points} extra point for an order with something of {group}.",
            "{points} extra points for an order with something of {group}.",
            points,
        )
        return sentence(words, points=points, group=name)
    words = ngettext(
        "{points} extra point for an order.", "{points} extra points for an order.", points
    )
    return sentence(words, points=points)


def _by_items(version: RuleVersion) -> SafeString:
    name, points = target(version), version.points
    if version.every != 1:
        return _by_several(version, name)
    if version.product_id:
        words = ngettext(
            "{points} extra point for every {product}.",
            "{points} extra points for every {product}.",
            points,
        )
        return sentence(words, points=points, product=name)
    if name:
        words = ngettext(
            "{points} extra point for every item of {group}.",
            "{points} extra points for every item of {group}.",
            points,
        )
        return sentence(words, points=points, group=name)
    words = ngettext(
        "{points} extra point for every item.", "{points} extra points for every item.", points
    )
    return sentence(words, points=points)


def _by_several(version: RuleVersion, name: str) -> SafeString:
    points, items = version.points, version.every
    if version.product_id:
        words = ngettext(
            "{points} extra point for every {items} of {product}.",
            "{points} extra points for every {items} of {product}.",
            points,
        )
        return sentence(words, points=points, items=items, product=name)
    if name:
        words = ngettext(
            "{points} extra point for every {items} items of {group}.",
            "{points} extra points for every {items} items of {group}.",
            points,
        )
        return sentence(words, points=points, items=items, group=name)
    words = ngettext(
        "{points} extra point for every {items} items.",
        "{points} extra points for every {items} items.",
        points,
    )
    return sentence(words, points=points, items=items)


def _for_act(version: RuleVersion) -> SafeString:
    points, factor = version.points, version.factor
    act = {
        Trigger.SIGNUP: _("signing up"),
        Trigger.REVIEW: _("a review"),
        Trigger.BIRTHDAY: _("a birthday"),
    }.get(Trigger(version.trigger)) or _(version.action)
    if version.effect == Effect.MULTIPLIER:
        return sentence(_("{factor} times the points for: {act}."), factor=factor, act=act)
    words = ngettext(
        "{points} extra point for: {act}.", "{points} extra points for: {act}.", points
    )
    return sentence(words, points=points, act=act)
