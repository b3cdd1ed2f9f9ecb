"""The programme as a document: read from its tables, and as policies read it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import DecimalField, Model
from django.utils.translation import gettext as _
from i18nfield.strings import LazyI18nString

from oscar_loyalty.errors import NoProgramme
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import RuleVersion
from oscar_loyalty.program.earning.policy.rules import Rule
from oscar_loyalty.program.simulation.policy import Document
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.program.tiers.models import Tier, TierBenefit
from oscar_loyalty.program.tiers.policy import Rung

#: The terms that a replay of orders depends on; the others stay as they are.
TERMS = (
    "earn_points",
    "earn_amount",
    "base",
    "counts_shipping",
    "minimum_order",
    "value_points",
    "value_amount",
    "spendable",
    "spendable_after_days",
    "spendable_status",
    "expiry",
    "expiry_months",
    "expiry_dates",
    "active_by_orders",
    "active_by_earning",
    "active_by_spending",
    "expiry_grace_days",
    "measure",
    "window",
    "window_months",
    "downgrade",
    "grace_days",
)
TIER = ("name", "rank", "colour", "threshold", "kept_for_ever", "may_redeem", "expiry_months")
#: Beside the columns of a tier: that of its benefit.
MULTIPLIER = "multiplier"
_OF_VERSIONS = ("version_id", "rule_id", "in_force_from", "retired")
RULE = ("name", *(one.name for one in fields(Rule) if one.name not in _OF_VERSIONS))

Values = dict[str, Any]


@dataclass(frozen=True)
class Scheme:
    """
    All that a replay of orders goes by.

    `months` are those after which points expire, of each tier that has its own; `spenders` the
    tiers whose members may spend points, 0 for none.
    """

    terms: Terms
    ladder: tuple[Rung, ...]
    months: Mapping[int, int]
    spenders: Collection[int]
    rules: Sequence[Rule]


def written() -> Document:
    """
    What the programme says now.

    :raises NoProgramme: if there is none yet.
    """
    programme = Programme.objects.first()
    if programme is None:
        raise NoProgramme(_("There is no programme yet."))
    multipliers = dict(
        TierBenefit.objects.filter(kind=TierBenefit.Kind.MULTIPLIER).values_list("tier_id", "value")
    )
    return {
        "terms": plain(Programme, {name: getattr(programme, name) for name in TERMS}),
        "tiers": {
            str(tier.pk): tier_values(tier, multipliers.get(tier.pk))
            for tier in Tier.objects.order_by("rank")
        },
        "rules": {
            str(version.rule_id): rule_values(version)
            for version in earning_queries.newest_versions()
        },
    }


def tier_values(tier: Tier, multiplier: Decimal | None) -> Values:
    """A tier as documents have it; 1 for no multiplier."""
    values = plain(Tier, {name: getattr(tier, name) for name in TIER})
    return {**values, MULTIPLIER: plain(TierBenefit, {"value": multiplier or Decimal(1)})["value"]}


def rule_values(version: RuleVersion) -> Values:
    """What a rule says, as documents have it."""
    return plain(RuleVersion, {name: getattr(version, name) for name in RULE})


def plain(model: type[Model], values: Values) -> Values:
    """Values of columns as JSON has them, the same however they were written."""
    same = {name: _same(model._meta.get_field(name), value) for name, value in values.items()}
    document: Values = json.loads(json.dumps(same, cls=DjangoJSONEncoder))
    return document


def typed(model: type[Model], values: Mapping[str, Any]) -> Values:
    """Values of columns as the model has them."""
    columns = {field.attname: field for field in model._meta.concrete_fields}
    return {
        name: columns[name].to_python(value) for name, value in values.items() if name in columns
    }


def multiplier_of(values: Mapping[str, Any]) -> Decimal:
    """What the tier multiplies points by; 1 for nothing."""
    return Decimal(values[MULTIPLIER])


def scheme_of(document: Document, programme_says: Document) -> Scheme:
    """
    What a document says, where the programme itself says `programme_says`.

    Rules that it says like the programme go by all of their versions, each in its time; others hold
    as if they had always been. What depends on when the terms were made does not count.

    :raises NoProgramme: if there is none any more.
    """
    terms = terms_queries.written()
    if terms is None:
        raise NoProgramme(_("There is no programme yet."))
    drafted = typed(Programme, document["terms"])
    tiers = {int(key): values for key, values in document["tiers"].items()}
    months = {pk: values["expiry_months"] for pk, values in tiers.items()}
    spenders = {pk for pk, values in tiers.items() if values["may_redeem"]}
    return Scheme(
        terms=replace(terms, **drafted, active=True, expiry_tightened_at=None),
        ladder=tuple(sorted(map(_rung, tiers, tiers.values()), key=lambda rung: rung.rank)),
        months={pk: own for pk, own in months.items() if own},
        spenders=spenders | {0} if terms.redeem_without_tier else spenders,
        rules=_rules(document["rules"], programme_says["rules"]),
    )


def _rung(tier_id: int, values: Values) -> Rung:
    says = typed(Tier, values)
    return Rung(
        tier_id,
        says["rank"],
        says["threshold"],
        kept_for_ever=says["kept_for_ever"],
        multiplier=multiplier_of(values),
        name=LazyI18nString(values["name"]),
    )


def _rules(drafted: Mapping[str, Values], published: Mapping[str, Values]) -> list[Rule]:
    """Retired rules, of which neither says anything any more, still hold for their time."""
    other = {key: says for key, says in drafted.items() if says != published.get(key)}
    gone = {int(key) for key in {*published, *other} if key not in drafted or key in other}
    known = [rule for rule in earning_queries.versions() if rule.rule_id not in gone]
    return known + [_rule(int(key), -number, other[key]) for number, key in enumerate(other, 1)]


def _rule(rule_id: int, version_id: int, values: Values) -> Rule:
    says = typed(RuleVersion, values)
    del says["name"]
    return Rule(version_id, rule_id, **says)


def _same(field: Any, value: Any) -> Any:
    if isinstance(value, LazyI18nString):
        return value.data
    if isinstance(field, DecimalField) and value is not None:
        return Decimal(value).quantize(Decimal(1).scaleb(-field.decimal_places))
    return value
