"""A draft becomes the programme: by the forms, flows and audit log of every other change."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Model
from django.forms import BaseModelForm, model_to_dict, modelform_factory
from django.utils.translation import gettext as _
from i18nfield.strings import LazyI18nString

from oscar_loyalty.errors import DraftRefused
from oscar_loyalty.flows import programme_drafted, rule_published
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.models import EarningRule, RuleVersion
from oscar_loyalty.program.simulation import services as simulations
from oscar_loyalty.program.simulation.policy import Document
from oscar_loyalty.program.simulation.queries import documents
from oscar_loyalty.program.simulation.queries.documents import TERMS, Values
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.tiers.models import HIGHEST_RANK, Tier, TierBenefit
from oscar_loyalty.staff import audit_log, rates
from oscar_loyalty.staff.programme import ProgrammeForm
from oscar_loyalty.staff.tiers import TierForm

_TERMS_FORM = modelform_factory(Programme, form=ProgrammeForm, fields=TERMS)
#: Names of tiers are written in several fields, which the draft's own form has checked.
_TIER = ("rank", "colour", "threshold", "kept_for_ever", "may_redeem", "expiry_months")
_TIER_FORM = modelform_factory(Tier, form=TierForm, fields=_TIER)

#: What a row says once it is written, to be held against all other rows.
Check = Callable[[], None]


@transaction.atomic
def run(draft_id: int, *, user: Any, at: datetime) -> None:
    """
    Let the programme say what the draft says, from now on.

    :raises DraftRefused: if the programme was changed meanwhile, or must not say that.
    """
    draft, before = programme_drafted.opened(draft_id), _held()
    if before != draft.begun_from:
        raise DraftRefused(
            _(
                "The programme was changed since this draft was begun from it. See what the draft "
                "would change by now, and begin again from the programme."
            )
        )
    if before == draft.says:
        raise DraftRefused(_("This draft changes nothing."))
    _write(before, draft.says, user, at)
    simulations.mark_published(draft_id, at=at)
    audit_log.keep(user, _("Published."), draft, at=at)


@transaction.atomic
def refuse(says: Document, *, user: Any, at: datetime) -> None:
    """
    See whether the programme may say that: it is written as if published, and taken back.

    :raises DraftRefused: if it must not.
    """
    _write(_held(), says, user, at)
    transaction.set_rollback(True)


@contextmanager
def saying(terms: Values) -> Iterator[None]:
    """For so long the programme says these terms, to whoever compares a row with them."""
    with transaction.atomic():
        Programme.objects.update(**documents.typed(Programme, terms))
        yield
        transaction.set_rollback(True)


def _held() -> Document:
    """What the programme says, and goes on saying until the transaction ends."""
    Programme.objects.select_for_update().first()
    # Rules before tiers: so does an order that lifts a member.
    earning.lock_rules(EarningRule.objects.values_list("pk", flat=True))
    list(Tier.objects.select_for_update().order_by("pk"))
    return documents.written()


def _write(before: Document, says: Document, user: Any, at: datetime) -> None:
    """All rows first, for each is checked beside the others."""
    ids: dict[int, int] = {}
    checks = []
    if says["terms"] != before["terms"]:
        checks.append(_write_terms(says["terms"], user, at))
    checks += _write_ladder(before["tiers"], says["tiers"], ids, user, at)
    for check in checks:
        check()
    _write_rules(before["rules"], says["rules"], ids, user, at)


def _write_terms(says: Values, user: Any, at: datetime) -> Check:
    programme = Programme.objects.get()
    was = audit_log.values_of(programme)
    _set(programme, documents.typed(Programme, says))
    programme.save()
    audit_log.keep_saved(user, programme, was, audit_log.values_of(programme), at=at)
    return lambda: _check(_TERMS_FORM, programme, TERMS)


def _write_ladder(
    before: Mapping[str, Values],
    says: Mapping[str, Values],
    ids: dict[int, int],
    user: Any,
    at: datetime,
) -> list[Check]:
    """Tiers that change places would meet on one rank, so all of them make way first."""
    ranks = Counter(tier["rank"] for tier in says.values())
    if ranks and max(ranks.values()) > 1:
        raise DraftRefused(_("Two tiers of this draft have the same rank."))
    drafted = [key for key in says if says[key] != before.get(key)]
    if set(before) - set(says):
        raise DraftRefused(_("A tier was added to the programme: begin again from it."))
    rows = {tier.pk: tier for tier in Tier.objects.filter(pk__in=map(int, drafted))}
    if any(int(key) > 0 and int(key) not in rows for key in drafted):
        raise DraftRefused(_("A tier of this draft is gone: begin again from the programme."))
    was = {pk: _tier_said(tier) for pk, tier in rows.items()}
    Tier.objects.filter(pk__in=rows).update(rank=F("rank") + 2 * HIGHEST_RANK)
    checks = []
    for key in drafted:
        tier = rows.get(int(key)) or Tier()
        benefit = _write_tier(tier, says[key])
        ids[int(key)] = tier.pk
        audit_log.keep_saved(user, tier, was.get(int(key), {}), _tier_said(tier), at=at)
        checks.append(lambda tier=tier, benefit=benefit: _check_tier(tier, benefit))
    return checks


def _write_tier(tier: Tier, says: Values) -> TierBenefit | None:
    _set(tier, documents.typed(Tier, {name: says[name] for name in _TIER}))
    tier.name = LazyI18nString(says["name"])
    tier.save()
    factor = documents.multiplier_of(says)
    benefit = tier.benefits.filter(kind=TierBenefit.Kind.MULTIPLIER).first()
    if factor == 1:
        if benefit:
            benefit.delete()
        return None
    benefit = benefit or TierBenefit(tier=tier, kind=TierBenefit.Kind.MULTIPLIER)
    benefit.value = factor
    benefit.save()
    return benefit


def _tier_said(tier: Tier) -> audit_log.Values:
    return audit_log.values_of(tier, tier.benefits.all())


def _check_tier(tier: Tier, benefit: TierBenefit | None) -> None:
    _check(_TIER_FORM, tier, _TIER)
    refused = benefit and benefit.value and rates.refuse_multiplier(benefit.value)
    if refused:
        raise DraftRefused(refused)


def _check(form_class: type[BaseModelForm], row: Model, names: tuple[str, ...]) -> None:
    """The row as if staff had just written it into its form."""
    form = form_class(model_to_dict(row, fields=names), instance=row)
    for name, refusals in form.errors.items():
        label = f"{form.fields[name].label}: " if name in form.fields else ""
        raise DraftRefused(f"{label}{refusals[0]}")


def _write_rules(
    before: Mapping[str, Values],
    says: Mapping[str, Values],
    ids: Mapping[int, int],
    user: Any,
    at: datetime,
) -> None:
    for key in sorted({*before, *says}, key=int):
        if key not in says:
            _retire(int(key), user, at)
        elif says[key] != before.get(key):
            _write_rule(int(key), says[key], ids, user, at)


def _write_rule(
    rule_id: int, says: Values, ids: Mapping[int, int], user: Any, at: datetime
) -> None:
    version = RuleVersion(**documents.typed(RuleVersion, says), in_force_from=at)
    version.tiers = [ids.get(tier_id, tier_id) for tier_id in version.tiers]
    was: audit_log.Values = {}
    if rule_id > 0:
        newest = earning_queries.newest_version(rule_id)
        version.rule_id, was = rule_id, audit_log.values_of(newest)
        version.in_force_from = max(filter(None, (newest.in_force_from, at)))
    try:
        version.full_clean(exclude=["rule", "number", "published_at"])
    except ValidationError as refused:
        raise DraftRefused(refused.messages[0]) from refused
    rule_published.run(version, actor_id=user.pk, at=at)
    audit_log.keep_saved(user, version, was, audit_log.values_of(version), at=at)


def _retire(rule_id: int, user: Any, at: datetime) -> None:
    was = audit_log.values_of(earning_queries.newest_version(rule_id))
    rule_published.retire(rule_id, actor_id=user.pk, at=at)
    ended = earning_queries.newest_version(rule_id)
    after = audit_log.values_of(ended)
    audit_log.keep(user, _("Retired."), ended, at=at, before=was, after=after)


def _set(row: Model, values: Values) -> None:
    for name, value in values.items():
        setattr(row, name, value)
