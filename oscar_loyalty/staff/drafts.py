"""The forms in which staff draft another programme: those of the programme, over its draft."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import transaction
from django.forms import modelform_factory
from django.utils.translation import gettext_lazy as _
from i18nfield.strings import LazyI18nString

from oscar_loyalty.flows import programme_drafted
from oscar_loyalty.program.earning.models import RuleVersion
from oscar_loyalty.program.simulation.models import ProgrammeDraft
from oscar_loyalty.program.simulation.policy import Document, differences, new_key
from oscar_loyalty.program.simulation.queries import documents
from oscar_loyalty.program.simulation.queries.documents import MULTIPLIER, TERMS, TIER, Values
from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.tiers.models import Tier
from oscar_loyalty.staff import audit_log, draft_published
from oscar_loyalty.staff.fields import CategoryField, ProductField
from oscar_loyalty.staff.names import NamePerLanguage
from oscar_loyalty.staff.programme import PARTS as TERMS_PARTS
from oscar_loyalty.staff.programme import ProgrammeForm
from oscar_loyalty.staff.rules import PARTS as RULE_PARTS
from oscar_loyalty.staff.rules import RuleForm
from oscar_loyalty.staff.tiers import TierForm
from oscar_loyalty.words.drafts import tier_names

#: Heading, what it is about, and fields; those in brackets stand on one line.
Parts = tuple[tuple[Any, Any, tuple[tuple[str, ...], ...]], ...]
#: What a part of a draft says from now on, by all that it says.
Rewrite = Callable[[Document], Values]


@transaction.atomic
def keep(draft_id: int, part: str, how: Rewrite, *, user: Any, at: datetime) -> None:
    """
    Let the draft say about a part of the programme what is made of all that it says by now.

    :raises DraftRefused: if the programme could not say all of it together, or the draft is closed.
    """
    before, says = programme_drafted.rewrite(draft_id, lambda now: {**now, part: how(now)}, at=at)
    draft_published.refuse(says, user=user, at=at)
    _keep_changes(draft_id, before, says, user, at)


@transaction.atomic
def begin_again(draft_id: int, *, user: Any, at: datetime) -> None:
    """
    Let the draft go on from what the programme says by now.

    :raises DraftRefused: if it is closed.
    """
    before, says = programme_drafted.begin_again(draft_id, at=at)
    _keep_changes(draft_id, before, says, user, at)


def _keep_changes(draft_id: int, before: Document, says: Document, user: Any, at: datetime) -> None:
    changes = differences(before, says)
    audit_log.keep_saved(
        user,
        ProgrammeDraft.objects.get(pk=draft_id),
        {f"{part} {key} {name}": old for part, key, name, old, _new in changes},
        {f"{part} {key} {name}": new for part, key, name, _old, new in changes},
        at=at,
    )


class DraftTermsForm(ProgrammeForm):
    """The terms by themselves: what goes with them is the draft's, not the programme's."""

    def clean(self) -> dict[str, Any]:
        return forms.ModelForm.clean(self)  # type: ignore[no-any-return]


class DraftTierForm(TierForm):
    """A tier by itself."""

    multiplier = forms.DecimalField(
        label=_("Points are multiplied by"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(Decimal(100))],
        help_text=_("1 for as many as everybody gets."),
    )

    def clean_expiry_months(self) -> int | None:
        months: int | None = self.cleaned_data["expiry_months"]
        return months

    def _post_clean(self) -> None:
        """Column by column; it is compared with the draft's other tiers, later."""
        written = {name: self.cleaned_data[name] for name in TIER if name in self.cleaned_data}
        others = {field.name for field in Tier._meta.fields} - set(written)
        try:
            Tier(**written).clean_fields(exclude=others)
        except ValidationError as refused:
            self.add_error(None, refused)


class TierFormSet(forms.BaseFormSet):
    """The whole ladder, and one tier more."""

    def __init__(self, *args: Any, tiers: Mapping[str, Values], **kwargs: Any) -> None:
        self.tiers = dict(sorted(tiers.items(), key=lambda pair: pair[1]["rank"]))
        initial = [_named(says) for says in self.tiers.values()]
        super().__init__(*args, initial=initial, **kwargs)

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        keys = list(self.tiers)
        if index is None or index >= len(keys):
            return {}
        says = self.tiers[keys[index]]
        return {"instance": Tier(pk=int(keys[index]), name=LazyI18nString(says["name"]))}

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        # Which tier it was about when the page was shown: they may stand in another order by now.
        key = str(form.instance.pk or "")
        form.fields["key"] = forms.CharField(required=False, initial=key, widget=forms.HiddenInput)

    def clean(self) -> None:
        if any("key" in form.changed_data for form in self.forms):
            raise ValidationError(_("It was changed meanwhile: look at the list once more."))

    def rows(self) -> dict[str, Values]:
        """The ladder as it was written."""
        said = dict(self.tiers)
        for form in self.forms:
            if form.has_changed():
                key = str(form.instance.pk or new_key(said))
                written = {name: form.cleaned_data[name] for name in TIER}
                says = documents.tier_values(Tier(**written), form.cleaned_data[MULTIPLIER])
                # A name that was written in one language may be in all, or only in that one.
                changed = {name: says[name] for name in form.changed_data}
                said[key] = {**self.tiers.get(key, says), **changed}
        return said


class DraftRuleForm(RuleForm):
    """What a rule says while the draft holds."""

    try_order = None
    try_at = None

    def __init__(self, *args: Any, says: Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms = says["terms"]
        names = list(tier_names(says["tiers"]).items())
        no_tier = self.fields["tiers"].choices[:1]
        self.fields["tiers"].offer([*no_tier, *names], self.instance.tiers)

    def _post_clean(self) -> None:
        """Its points are worth what the draft says."""
        with draft_published.saying(self.terms):
            super()._post_clean()


class AssumptionsForm(forms.ModelForm):
    """How points are taken to be spent."""

    class Meta:
        model = ProgrammeDraft
        fields = ("name", "spent_share", "spent_after")


def terms_form() -> type[forms.ModelForm]:
    """The form of the terms."""
    return modelform_factory(Programme, form=DraftTermsForm, fields=TERMS)


def terms_parts() -> Parts:
    """Its fields as the settings have them."""
    return _parts(TERMS_PARTS, TERMS)


def terms_row(draft: ProgrammeDraft) -> Programme:
    """The programme as the draft has it; never saved."""
    programme = Programme.objects.get()
    for name, value in documents.typed(Programme, draft.says["terms"]).items():
        setattr(programme, name, value)
    return programme


def terms_said(form: forms.ModelForm) -> Values:
    """The terms as they were written."""
    return documents.plain(Programme, {name: form.cleaned_data[name] for name in TERMS})


def ladder_formset() -> type[TierFormSet]:
    """The forms of all tiers."""
    widgets = {"name": NamePerLanguage, **TierForm.Meta.widgets}
    form = modelform_factory(Tier, form=DraftTierForm, fields=TIER, widgets=widgets)
    return forms.formset_factory(form, formset=TierFormSet, extra=1)  # type: ignore[return-value]


def rule_form() -> type[forms.ModelForm]:
    """The form of a rule."""
    fields = tuple(name for name in RuleForm.Meta.fields if name != "in_force_from")
    return modelform_factory(
        RuleVersion,
        form=DraftRuleForm,
        fields=fields,
        field_classes={"product": ProductField, "category": CategoryField},
        widgets=RuleForm.Meta.widgets,
    )


def rule_parts() -> Parts:
    """Its fields as the page of a rule has them."""
    return _parts(RULE_PARTS, [name for name in RuleForm.Meta.fields if name != "in_force_from"])


def rule_row(key: str, says: Values) -> RuleVersion:
    """A version as the draft has it, of the rule with that key; never saved."""
    rule_id = int(key) if int(key) > 0 else None
    return RuleVersion(rule_id=rule_id, **documents.typed(RuleVersion, says))


def rules_with(key: str, version: RuleVersion) -> Rewrite:
    """The draft's rules with this one changed; with a new one where `key` is empty."""
    says = documents.rule_values(version)
    return lambda draft: {**draft["rules"], key or new_key(draft["rules"]): says}


def rules_without(key: str) -> Rewrite:
    """The draft's rules without one."""
    return lambda draft: {one: says for one, says in draft["rules"].items() if one != key}


def _named(says: Values) -> Values:
    return {**says, "name": LazyI18nString(says["name"])}


def _parts(parts: Any, names: Any) -> Parts:
    """Those fields of another form's parts that a draft has."""
    kept = ((title, words, [_kept(line, names) for line in lines]) for title, words, lines in parts)
    return tuple((title, words, tuple(filter(None, lines))) for title, words, lines in kept)


def _kept(line: str | tuple[str, ...], names: Any) -> tuple[str, ...]:
    return tuple(name for name in ([line] if isinstance(line, str) else line) if name in names)
