"""Balances from another system: a file is chosen, tried, and brought into the books."""

import base64
import binascii
import zlib
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from oscar_loyalty.dashboard.access import ADJUST, MANAGE, may
from oscar_loyalty.dashboard.pages import Link, StaffPage, page_url
from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import balances_brought
from oscar_loyalty.flows.balances_brought import Summary
from oscar_loyalty.staff import audit_log

#: No file of so many lines as we take is longer, in bytes.
LONGEST = 20_000_000
#: The page shows so many of the faults; the command names all.
FAULTS_SHOWN = 1000
#: What the other fields of the form may take, in bytes.
_BESIDE = 10_000


class BalancesForm(forms.Form):
    """A file; or, to confirm it, the same once more: nothing of it is kept in between."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        allow_empty_file=True,
        help_text=_(
            "CSV in UTF-8. The first line names the columns: member (e-mail address, user name or "
            "id), points, and if you like expires (the last day, such as 2026-12-31) and note."
        ),
    )
    packed = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_file(self) -> Any:
        chosen = self.cleaned_data["file"]
        if chosen and chosen.size > LONGEST:
            raise ValidationError(gettext("This file is too large: split it."))
        return chosen

    def clean(self) -> dict[str, Any]:
        chosen, packed = self.cleaned_data.get("file"), self.cleaned_data.get("packed")
        if not self.errors and not chosen and not packed:
            self.add_error("file", gettext("Choose a file."))
        elif chosen:
            self.cleaned_data["content"] = chosen.read()
        elif packed:
            self.cleaned_data["content"] = _unpacked(packed)
        return self.cleaned_data


class BalancesPage(StaffPage, FormView):
    """Choose a file, see what it would do, confirm it."""

    permission = MANAGE
    permission_beside = ADJUST
    title = _("Bring balances from another system")
    template_name = "oscar_loyalty/dashboard/balances.html"
    form_class = BalancesForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated and not may(request.user, self.permission_beside):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: BalancesForm) -> HttpResponse:
        given = form.cleaned_data
        try:
            summary = self._bring(given["content"], dry_run=bool(given["file"]))
        except LoyaltyError as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        if given["file"] or summary.faults:
            return self._shown(summary, given["content"])
        messages.success(self.request, told(summary))
        return HttpResponseRedirect(page_url("dashboard-balances"))

    @transaction.atomic
    def _bring(self, content: bytes, *, dry_run: bool) -> Summary:
        user, at = self.request.user, timezone.now()
        actor = f"user:{user.pk}"
        summary = balances_brought.run(
            content, actor=actor, actor_id=user.pk, at=at, dry_run=dry_run
        )
        if not dry_run and not summary.faults and summary.members:
            words = gettext("Brought balances from another system.")
            brought = {"members": summary.members, "points": summary.points}
            audit_log.keep(user, words, "balances", at=at, after=brought)
        return summary

    def _shown(self, summary: Summary, content: bytes) -> HttpResponse:
        packed = "" if summary.faults or not summary.members else _packed(content)
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        too_large = most is not None and len(packed) > most - _BESIDE
        return self.render_to_response(
            self.get_context_data(
                form=BalancesForm(),
                summary=summary,
                faults=summary.faults[:FAULTS_SHOWN],
                told=told(summary),
                too_large=too_large,
                packed="" if too_large else packed,
            )
        )

    def trail(self) -> list[Link]:
        return [Link(_("Members"), page_url("dashboard-members"))]


def told(summary: Summary) -> str:
    """What came of a file without faults, in a sentence or two."""
    words = ngettext(
        "%(points)s points for %(members)s member.",
        "%(points)s points for %(members)s members.",
        summary.members,
    )
    parts = [words % {"points": summary.points, "members": summary.members}]
    if summary.known:
        words = ngettext(
            "%(known)s member had brought their balance before: nothing changes for them.",
            "%(known)s members had brought their balance before: nothing changes for them.",
            summary.known,
        )
        parts.append(words % {"known": summary.known})
    return " ".join(parts)


def _packed(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content)).decode()


def _unpacked(packed: str) -> bytes:
    try:
        content = zlib.decompressobj().decompress(base64.b64decode(packed, validate=True), LONGEST)
    except (ValueError, binascii.Error, zlib.error) as error:
        raise ValidationError(gettext("Choose the file again.")) from error
    return content
