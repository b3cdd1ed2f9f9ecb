"""The forms by which staff keep a member from spending points, and let them again."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oscar_loyalty.flows import spending_blocked
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.staff.member_acts import MemberAct, Outcome
from oscar_loyalty.staff.note_form import NoteForm


class BlockMember(MemberAct):
    """The member spends no points until somebody says otherwise, but still earns."""

    form_class = NoteForm
    slug = "block"
    permission = "oscar_loyalty.block_members"
    title = gettext_lazy("Block from spending")
    field_of = {"note-missing": "note"}

    @classmethod
    def is_for(cls, account: Account) -> bool:
        return super().is_for(account) and account.blocked_at is None

    def perform(self, form: NoteForm) -> Outcome | None:
        note, actor_id = form.cleaned_data["note"], self.actor_id
        blocked = spending_blocked.run(
            self.account.pk, note=note, actor_id=actor_id, at=timezone.now()
        )
        words = _("%(member)s cannot spend points any more, but still earns them.")
        return (words, {"member": self.account}) if blocked else None

    def remark(self) -> str:
        return _(
            "The member goes on earning. Points chosen for a basket are released, unless it is "
            "being paid at this moment."
        )

    def done_before(self) -> str:
        return _("The member is blocked already; nothing was changed.")


class UnblockMember(MemberAct):
    """The member may spend points again."""

    form_class = NoteForm
    slug = "unblock"
    permission = "oscar_loyalty.block_members"
    title = gettext_lazy("Allow spending again")
    field_of = {"note-missing": "note"}

    @classmethod
    def is_for(cls, account: Account) -> bool:
        return super().is_for(account) and account.blocked_at is not None

    def perform(self, form: NoteForm) -> Outcome | None:
        note, actor_id = form.cleaned_data["note"], self.actor_id
        lifted = spending_blocked.lift(
            self.account.pk, note=note, actor_id=actor_id, at=timezone.now()
        )
        words = _("%(member)s may spend points again.")
        return (words, {"member": self.account}) if lifted else None

    def remark(self) -> str:
        return _("The reason for the block is in the history of the membership.")

    def done_before(self) -> str:
        return _("The member is not blocked; nothing was changed.")
