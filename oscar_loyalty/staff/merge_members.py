"""The form by which staff merge two members who are one person."""

import uuid

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oscar_loyalty.flows import accounts_merged
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.staff.member_acts import MemberAct, Outcome
from oscar_loyalty.staff.note_form import NoteForm


class MergeForm(NoteForm):
    """Which account stays."""

    field_order = ("other", "note")

    other = forms.CharField(
        label=gettext_lazy("Account that stays"),
        max_length=254,
        widget=AdminTextInputWidget(attrs={"dir": "ltr", "autocomplete": "off"}),
        help_text=gettext_lazy("The e-mail address or the member number of the other member."),
    )

    def clean_other(self) -> Account:
        found = list(_named(self.cleaned_data["other"].strip()).order_by("pk")[:2])
        if not found:
            raise ValidationError(_("There is no member with this e-mail address or number."))
        if len(found) > 1:
            raise ValidationError(
                _("Several members have this e-mail address; write the member number.")
            )
        return found[0]


class MergeMembers(MemberAct):
    """All that a member has goes over to another account, and theirs is closed."""

    form_class = MergeForm
    slug = "merge"
    permission = "oscar_loyalty.merge_members"
    title = gettext_lazy("Merge into another member")
    field_of = {"note-missing": "note", "merge-refused": "other"}

    def perform(self, form: MergeForm) -> Outcome:
        stays = form.cleaned_data["other"]
        points = accounts_merged.run(
            self.account.pk,
            stays.pk,
            note=form.cleaned_data["note"],
            actor_id=self.actor_id,
            at=timezone.now(),
        )
        return _outcome(points), {
            "member": self.account,
            "other": stays,
            "points": number_format(abs(points), force_grouping=True),
        }

    def remark(self) -> str:
        words = ngettext(
            "This account is closed. All it has, %(balance)s point with its dates, its orders "
            "and the better tier, goes over to the account that stays. This cannot be undone.",
            "This account is closed. All it has, %(balance)s points with their dates, its orders "
            "and the better tier, goes over to the account that stays. This cannot be undone.",
            self.account.balance,
        )
        return words % {"balance": number_format(self.account.balance, force_grouping=True)}


def _outcome(points: int) -> str:
    if points < 0:
        return ngettext(
            "%(member)s was merged into %(other)s, who now owes %(points)s point more.",
            "%(member)s was merged into %(other)s, who now owes %(points)s points more.",
            -points,
        )
    return ngettext(
        "%(member)s was merged into %(other)s, with %(points)s point.",
        "%(member)s was merged into %(other)s, with %(points)s points.",
        points,
    )


def _named(text: str) -> QuerySet[Account]:
    try:
        return Account.objects.filter(public_id=uuid.UUID(text))
    except ValueError:
        return Account.objects.filter(user__email__iexact=text)
