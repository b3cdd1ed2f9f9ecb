"""What trying a rule shows: the award of one order without it and with it, in words."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from oscar_loyalty.flows import rule_tried
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import Award, RuleVersion
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.staff.rules import RuleForm
from oscar_loyalty.words import explanation, rules
from oscar_loyalty.words.explanation import Explanation

#: No version that is published has this number.
DRAFT = 0


def of(form: RuleForm, *, at: datetime) -> dict[str, Any] | None:
    """The two awards, by what a valid form says; None where it names no order."""
    number = form.cleaned_data["try_order"]
    terms = terms_queries.written()
    if not number or terms is None:
        return None
    # Beside the version that it may be a change of, which is named by what was earned without it.
    draft = replace(earning_queries.rule_of(form.instance), version_id=DRAFT)
    placed_at = form.cleaned_data["try_at"]
    trial = rule_tried.run(draft, number, at=at, placed_at=placed_at)
    return {
        "order": number,
        "before": _told(trial.before, form.instance, terms.currency),
        "after": _told(trial.after, form.instance, terms.currency),
        "points_before": trial.before.points,
        "points_after": trial.after.points,
    }


def versions(version: RuleVersion) -> list[dict[str, Any]]:
    """Every version of its rule, newest first."""
    found = version.rule.versions.select_related("product__parent", "category", "range")
    return [{"is": one, "says": rules.in_one(one)} for one in found.order_by("-number")]


def _told(award: Award, draft: RuleVersion, currency: str) -> Explanation:
    named = earning_queries.versions_behind([award])
    return explanation.of(award, currency, {**named, DRAFT: draft})
