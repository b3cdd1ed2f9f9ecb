"""What trying a rule shows: the award of one order without it and with it, in words."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from oscar_loyalty.flows import rule_tried
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning.models import Award, RuleVersion
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.staff import people
from oscar_loyalty.staff.rules import RuleForm
from oscar_loyalty.words import explanation, rules
from oscar_loyalty.words.explanation import Explanation

#: No version that is published has this number.
DRAFT = 0


def of(form: RuleForm, *, at: datetime) -> dict[str, Any] | None:
    """The two awards, by what the form says; None where it says nonsense, or names no order."""
    if form.is_valid() and not form.cleaned_data["try_order"]:
        form.add_error("try_order", gettext("Write the number of an order to try it on."))
    terms = terms_queries.written()
    if not form.is_valid() or terms is None:
        return None
    number = form.cleaned_data["try_order"]
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
    known = list(found.order_by("-number"))
    names = people.staff_names({one.actor for one in known})
    return [
        {"is": one, "says": rules.in_one(one), "by": names.get(one.actor, one.actor)}
        for one in known
    ]


def _told(award: Award, draft: RuleVersion, currency: str) -> Explanation:
    named = earning_queries.versions_behind([award])
    return explanation.of(award, currency, {**named, DRAFT: draft})
