"""The form by which staff forget a member, who asked for it."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from oscar_loyalty.flows import member_erased, staff_words
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.staff.member_acts import MemberAct, Outcome


class EraseForm(forms.Form):
    """The member's address, written by hand: nobody is erased by a slip of the mouse."""

    address = forms.CharField(
        label=gettext_lazy("E-mail address of the member"),
        max_length=254,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
        help_text=gettext_lazy("Write it to confirm that you mean this member."),
    )

    def clean_address(self) -> str:
        written: str = self.cleaned_data["address"]
        if written.casefold() != self.initial["expected"].casefold():
            raise ValidationError(_("This is not the address of this member."))
        return written


class EraseMember(MemberAct):
    """What names the member goes, and the points with it; the books stay."""

    form_class = EraseForm
    slug = "erase"
    permission = "oscar_loyalty.erase_members"
    title = gettext_lazy("Erase")

    @classmethod
    def is_for(cls, account: Account) -> bool:
        return super().is_for(account) and account.user_id is not None

    def initial(self) -> dict[str, Any]:
        user: Any = self.account.user
        return {"expected": user.email or user.get_username()}

    def perform(self, form: EraseForm) -> Outcome:
        refusal = _("This is your own account: a colleague can erase it.")
        staff_words.actor(self.actor_id, self.account.pk, refusal=refusal)
        points = member_erased.run(self.account.pk, at=timezone.now())
        return _outcome(points), {"points": number_format(abs(points), force_grouping=True)}

    def remark(self) -> str:
        return _(
            "The name goes out of the programme, with notes and addresses, and the points are "
            "written off, for good; the books stay, nameless. The profile in the shop stays too: "
            "if it is not deleted there, its customer becomes a member again with the next order."
        )


def _outcome(points: int) -> str:
    if points < 0:
        return ngettext(
            "The member is erased, and a debt of %(points)s point forgiven.",
            "The member is erased, and a debt of %(points)s points forgiven.",
            -points,
        )
    return ngettext(
        "The member is erased, and %(points)s point written off.",
        "The member is erased, and %(points)s points written off.",
        points,
    )
