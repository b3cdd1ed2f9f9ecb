"""
The page on which staff edit the text of a message, in the place of Oscar's own.

Oscar renders its texts with all of the project's templates; ours only ever see plain words.
"""

from typing import Any

from django import forms
from django.contrib import messages as notices
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import get_language_bidi, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views.generic import UpdateView
from oscar.core.loading import get_model
from oscar.views.decorators import permissions_required

from oscar_loyalty.dashboard.access import EDIT_TEXTS, VIEW
from oscar_loyalty.dashboard.columns import ListTable, Words
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.dashboard.pages import Link, page_url
from oscar_loyalty.errors import InvalidText
from oscar_loyalty.flows import letter_tried, letter_written, messages_set_up
from oscar_loyalty.shop import mails
from oscar_loyalty.shop.mails import Letter, Source
from oscar_loyalty.staff import audit_log
from oscar_loyalty.words import fill_in
from oscar_loyalty.words.letters import TEXTS

#: The same that Oscar asks for on the page in whose place this one is; or ours.
MAY_EDIT = (
    [
        "is_staff",
        "communication.view_communicationeventtype",
        "communication.change_communicationeventtype",
    ],
    ["is_staff", VIEW, EDIT_TEXTS],
)
PARTS = ("email_subject_template", "email_body_template", "email_body_html_template")


class TextForm(forms.ModelForm):
    """The three parts of a text, and for whom to try it."""

    email_subject_template = forms.CharField(label=gettext_lazy("Subject"), max_length=255)
    email_body_template = forms.CharField(
        label=gettext_lazy("Plain text"),
        max_length=fill_in.LONGEST,
        widget=forms.Textarea({"class": "plain", "rows": 14}),
    )
    email_body_html_template = forms.CharField(
        label=gettext_lazy("HTML"),
        max_length=fill_in.LONGEST,
        required=False,
        widget=forms.Textarea({"class": "plain", "rows": 14}),
        help_text=gettext_lazy("Without it the plain text is sent in both ways."),
    )
    member = forms.CharField(
        label=gettext_lazy("Try it for the member with this e-mail address"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("Your own membership when empty."),
    )

    class Meta:
        model = get_model("communication", "CommunicationEventType")
        fields = PARTS

    def __init__(self, *args: Any, blanks: tuple[str, ...], language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.blanks = blanks
        # A text runs as its own language does, whatever that of the page.
        with override(language):
            direction = "rtl" if get_language_bidi() else "ltr"
        for part in PARTS:
            self.fields[part].widget.attrs.update(dir=direction, lang=language)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for part in PARTS:
            try:
                fill_in.check(cleaned.get(part) or "", self.blanks)
            except InvalidText as refused:
                self.add_error(part, str(refused))
        return cleaned

    @property
    def source(self) -> Source:
        """What was written, saved or not."""
        return Source(*(self.cleaned_data[part] for part in PARTS))


@method_decorator(permissions_required(MAY_EDIT), name="dispatch")
class TextView(UpdateView):
    """Edit a text, look at it as a member would get it, send it to oneself."""

    form_class = TextForm
    template_name = "oscar_loyalty/dashboard/text.html"
    context_object_name = "text"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        meaning = messages_set_up.meaning_of(kwargs["code"])
        if meaning is None:
            raise Http404
        self.kind, self.language = meaning
        return super().dispatch(request, *args, **kwargs)

    def get_object(self, queryset: Any = None) -> Any:
        found = mails.text_type(self.kwargs["code"])
        if found is None:
            raise Http404
        return found

    def get_form_kwargs(self) -> dict[str, Any]:
        blanks = TEXTS[self.kind].blanks
        language = mails.supported(self.language)
        return {**super().get_form_kwargs(), "blanks": blanks, "language": language}

    def get_initial(self) -> dict[str, Any]:
        """Of a text that staff emptied elsewhere, what is sent instead."""
        sent = letter_written.text_of(self.kind, mails.supported(self.language))
        return dict(zip(PARTS, (sent.subject, sent.text, sent.html), strict=True))

    def get_form(self, form_class: Any = None) -> Any:
        """Who may not look at members sees a letter to themselves only."""
        form = super().get_form(form_class)
        user: Any = self.request.user
        if not user.has_perm("oscar_loyalty.view_account"):
            del form.fields["member"]
        return form

    def get_success_url(self) -> str:
        return reverse("oscar_loyalty:text", args=[self.kwargs["code"]])

    def form_valid(self, form: TextForm) -> HttpResponse:
        if not {"preview", "send"} & set(self.request.POST):
            return self._save(form)
        letter = None
        try:
            letter = self._letter(form)
        except InvalidText as refused:
            form.add_error(None, str(refused))
        else:
            if letter is None:
                place = "member" if "member" in form.fields else None
                form.add_error(place, _("There is no member with this e-mail address."))
            elif "send" in self.request.POST:
                self._send(letter)
        return self.render_to_response(self.get_context_data(form=form, letter=letter))

    @transaction.atomic
    def _save(self, form: TextForm) -> HttpResponse:
        before = audit_log.values_of(form.instance)
        answer = super().form_valid(form)
        after = audit_log.values_of(form.instance)
        user: Any = self.request.user
        audit_log.keep_saved(user, form.instance, before, after, at=timezone.now())
        notices.success(self.request, _("The text is saved."))
        return answer

    def _letter(self, form: TextForm) -> Letter | None:
        user: Any = self.request.user
        return letter_tried.run(
            self.kind,
            form.source,
            language=self.language,
            member=form.cleaned_data.get("member", "").strip() or user.email or user.get_username(),
            at=timezone.now(),
        )

    def _send(self, letter: Letter) -> None:
        user: Any = self.request.user
        if not user.email:
            notices.error(self.request, _("You have no e-mail address to send it to."))
            return
        try:
            letter_tried.send(letter, address=user.email)
        except OSError:
            notices.error(self.request, _("The mail server did not take it. Try again later."))
        else:
            notices.success(
                self.request, _("It was sent to %(address)s.") % {"address": user.email}
            )


class TextsTable(ListTable):
    """One line for each text and language."""

    name = Words(verbose_name=gettext_lazy("Text"), linkify=lambda record: record["url"])
    code = Words(verbose_name=gettext_lazy("Code"))


class TextsPage(ListPage):
    """All texts of messages."""

    permission = EDIT_TEXTS
    title = gettext_lazy("Texts of messages")
    url_name = "dashboard-texts"
    table_class = TextsTable
    empty = gettext_lazy("The texts are made when a kind of message is saved.")

    def rows(self, chosen: dict[str, Any]) -> list[dict[str, str]]:
        return [
            {"code": code, "name": name, "url": reverse("oscar_loyalty:text", args=[code])}
            for code, name in messages_set_up.all_texts()
        ]

    def trail(self) -> list[Link]:
        return [Link(_("Messages"), page_url("dashboard-messages"))]
