"""What staff change about one member by one form, and the page that both doors make of it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.generic import FormView

from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.staff import audit_log, people

#: A sentence about what came of it, and what stands in it: members are named on the screen only.
Outcome = tuple[str, dict[str, Any]]


class MemberAct:
    """One of the staff is about to do this to a member."""

    form_class: ClassVar[type[forms.Form]]
    slug: ClassVar[str]
    permission: ClassVar[str]
    title: ClassVar[Any]
    #: Which field a refusal belongs to, by its code; others concern the form.
    field_of: ClassVar[dict[str, str]] = {}

    def __init__(self, account: Account, actor_id: Any) -> None:
        self.account = account
        self.actor_id = actor_id

    @classmethod
    def is_for(cls, account: Account) -> bool:
        """Whether there is anything to do about this member; nothing about one that is merged."""
        return account.merged_into_id is None

    def initial(self) -> dict[str, Any]:
        """What the form shows at first."""
        return {}

    def perform(self, form: Any) -> Outcome | None:
        """
        Do it and say what came of it; None when it had been done before.

        :raises LoyaltyError: if it is refused.
        """
        raise NotImplementedError

    def remark(self) -> str:
        """Where the member stands now, above the form."""
        raise NotImplementedError

    def done_before(self) -> str:
        """The sentence for a form that was sent twice."""
        raise NotImplementedError


class ActPage(FormView):
    """
    Shows the form, performs it by POST, and returns to the member's page.

    A refusal of the programme becomes an error of the form. The door finds the member and sets
    `act` before anything else.
    """

    # FormView would take a PUT for a POST.
    http_method_names = ["get", "head", "post", "options"]
    act: MemberAct

    def member_url(self) -> str:
        """Where the member's page is."""
        raise NotImplementedError

    def log(self, told: str) -> None:
        """Keep what was done, without the member's name: the log outlives the members."""

    def get_form_class(self) -> type[forms.Form]:
        return self.act.form_class

    def get_initial(self) -> dict[str, Any]:
        return self.act.initial()

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            outcome = self._perform(form)
        except LoyaltyError as refusal:
            form.add_error(self.act.field_of.get(refusal.code), str(refusal))
            return self.form_invalid(form)
        if outcome is None:
            messages.warning(self.request, self.act.done_before())
        else:
            messages.success(self.request, _told(outcome, people.member_name))
        return HttpResponseRedirect(self.member_url())

    @transaction.atomic
    def _perform(self, form: forms.Form) -> Outcome | None:
        """Do it, and write it down with what the member had before and has after."""
        account = self.act.account
        before = audit_log.standing_of(account)
        outcome = self.act.perform(form)
        if outcome is not None:
            told, after = _told(outcome, str), audit_log.standing_of(account)
            user = self.request.user
            audit_log.keep(user, told, account, at=timezone.now(), before=before, after=after)
            self.log(told)
        return outcome


def _told(outcome: Outcome, call: Callable[[Account], str]) -> str:
    words, parts = outcome
    return words % {
        name: call(part) if isinstance(part, Account) else part for name, part in parts.items()
    }
