"""What a draft would change, in words."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Model
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from i18nfield.strings import LazyI18nString

from oscar_loyalty.program.earning.models import RuleVersion
from oscar_loyalty.program.simulation.policy import Document
from oscar_loyalty.program.simulation.queries import documents
from oscar_loyalty.program.simulation.queries.documents import MULTIPLIER, TERMS, TIER, Values
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.tiers.models import Tier, TierBenefit
from oscar_loyalty.words import rules


class Change(NamedTuple):
    """What is changed, and what it says before and after."""

    about: Any
    before: Any
    after: Any


def changes(before: Document, after: Document) -> list[Change]:
    """All that the second says otherwise: terms, then tiers by rank, then rules."""
    return [
        *_of_columns(Programme, TERMS, before["terms"], after["terms"]),
        *_of_ladder(before["tiers"], after["tiers"]),
        *_of_rules(before, after),
    ]


def tier_name(says: Mapping[str, Any]) -> str:
    """What a tier is called."""
    return str(LazyI18nString(says["name"]))


def tier_names(tiers: Mapping[str, Values]) -> dict[int, str]:
    """What tiers are called, by their numbers."""
    return {int(key): tier_name(says) for key, says in tiers.items()}


def rule_told(says: Values, tiers: Mapping[str, Values]) -> Any:
    """All that a rule says, beside these tiers."""
    version = RuleVersion(**documents.typed(RuleVersion, says))
    version.drafted_tiers = tier_names(tiers)
    return rules.in_one(version)


def _of_ladder(before: Mapping[str, Values], after: Mapping[str, Values]) -> Iterator[Change]:
    for key, was in before.items():
        if key not in after:
            yield Change(_("Removed tier"), tier_name(was), "")
    for key, says in sorted(after.items(), key=lambda pair: pair[1]["rank"]):
        if key not in before:
            yield Change(_("New tier"), "", tier_name(says))
        was = before.get(key, {})
        for about, old, new in _of_columns(Tier, TIER[1:], was, says):
            yield Change(f"{tier_name(says)}: {about}", old, new)
        if key in before and was["name"] != says["name"]:
            yield Change(_("Name of a tier"), tier_name(was), tier_name(says))
        if was.get(MULTIPLIER) != says[MULTIPLIER]:
            about = TierBenefit.Kind.MULTIPLIER.label
            old, new = (_figure(one.get(MULTIPLIER)) for one in (was, says))
            yield Change(f"{tier_name(says)}: {about}", old, new)


def _of_rules(before: Document, after: Document) -> Iterator[Change]:
    keys = {*before["rules"], *after["rules"]}
    for key in sorted(keys, key=lambda key: (int(key) < 0, abs(int(key)))):
        was, says = before["rules"].get(key), after["rules"].get(key)
        if was == says:
            continue
        name = (says or was or {}).get("name") or key.removeprefix("-")
        old = rule_told(was, before["tiers"]) if was else ""
        new = rule_told(says, after["tiers"]) if says else ""
        about = _("New rule") if was is None else _("Rule %(name)s") % {"name": name}
        yield Change(about, old, new or _("It ends."))


def _of_columns(
    model: type[Model], names: tuple[str, ...], before: Values, after: Values
) -> Iterator[Change]:
    for name in names:
        if before.get(name) != after.get(name):
            field = model._meta.get_field(name)
            shown = (_shown(field, one.get(name)) for one in (before, after))
            yield Change(capfirst(str(field.verbose_name)), *shown)


def _shown(field: Any, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int) or field.get_internal_type() == "DecimalField":
        return _figure(value)
    return str(value)


def _figure(value: Any) -> str:
    return "–" if value is None else str(number_format(Decimal(value), force_grouping=True))
