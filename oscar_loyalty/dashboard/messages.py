"""Messages: which are sent, within what limits, and what became of them."""

from typing import Any

from django import forms
from django.contrib import messages as notices
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView, View
from django_tables2 import A

from oscar_loyalty import conf
from oscar_loyalty.dashboard.access import EDIT_TEXTS, MANAGE, RETRY, may
from oscar_loyalty.dashboard.columns import ListTable, MemberName, Moment, Words
from oscar_loyalty.dashboard.editing import OneRowPage
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.dashboard.pages import Link, StaffPage, page_url
from oscar_loyalty.flows import message_retried
from oscar_loyalty.program.messages.models import Message, MessageLimits
from oscar_loyalty.shop import channels
from oscar_loyalty.staff import audit_log
from oscar_loyalty.staff.reasons import outcome_label
from oscar_loyalty.words.letters import TEXTS, title_of

State = Message.State
#: So many are sent again at once; a request must not take for ever.
AT_ONCE = 1000


class MessagesTable(ListTable):
    """One line for each message and channel."""

    kind = Words(verbose_name=_("Message"), linkify=("oscar_loyalty:dashboard-message", [A("pk")]))
    member = MemberName()
    channel = Words(verbose_name=_("Channel"))
    state = Words(verbose_name=_("State"), accessor="get_state_display")
    planned_at = Moment(verbose_name=_("Planned for"))
    settled_at = Moment(verbose_name=_("Settled"))
    reason = Words(verbose_name=_("Reason"), accessor="pk")

    def render_kind(self, value: str) -> str:
        return title_of(value)

    value_kind = render_kind

    def render_channel(self, value: str) -> str:
        return channels.title_of(value)

    value_channel = render_channel

    def render_reason(self, record: Message) -> str:
        return outcome_label(record)

    value_reason = render_reason


class MessagesForm(forms.Form):
    """Which messages."""

    q = forms.CharField(label=_("Order number or e-mail address"), max_length=254, required=False)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("Every state")), *State.choices]
    )
    kind = forms.ChoiceField(label=_("Message"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(code, text.title) for code, text in TEXTS.items()]
        ways = [(code, channels.title_of(code)) for code in conf.CHANNELS()]
        self.fields["kind"].choices = [("", _("Every message")), *kinds]
        self.fields["channel"].choices = [("", _("Every channel")), *ways]


def found_by(chosen: dict[str, Any]) -> QuerySet[Message]:
    """The messages that the values of the form find."""
    found = Message.objects.all()
    if text := chosen.get("q"):
        found = found.filter(Q(order_number=text) | Q(account__user__email__iexact=text))
    exact = {name: chosen.get(name) for name in ("state", "kind", "channel")}
    return found.filter(**{name: value for name, value in exact.items() if value})


class MessagesPage(ListPage):
    """What is on its way, was sent, or was not; the newest first."""

    title = _("Messages")
    template_name = "oscar_loyalty/dashboard/messages.html"
    url_name = "dashboard-messages"
    table_class = MessagesTable
    filter_class = MessagesForm
    empty = _("There is no such message.")

    def rows(self, chosen: dict[str, Any]) -> QuerySet[Message]:
        return found_by(chosen).select_related("account__user")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        given_up = self.request.GET.get("state") == State.FAILED
        may_retry = given_up and may(self.request.user, RETRY)
        return {**super().get_context_data(**kwargs), "may_retry": may_retry}

    def buttons(self) -> list[Link]:
        links = [
            Link(_("Kinds of messages"), page_url("dashboard-kinds")),
            Link(_("Occasions"), page_url("dashboard-occasions")),
            Link(_("Apologies"), page_url("dashboard-apologies")),
        ]
        if may(self.request.user, MANAGE):
            links.append(Link(_("Limits of messages"), page_url("dashboard-limits")))
        if may(self.request.user, EDIT_TEXTS):
            links.append(Link(_("Texts of messages"), page_url("dashboard-texts")))
        return links


class MessagePage(StaffPage, TemplateView):
    """One message, and the button to send it after all."""

    template_name = "oscar_loyalty/dashboard/message.html"
    http_method_names = ["get", "head", "options"]

    @property
    def title(self) -> str:
        return title_of(self.message.kind)

    def trail(self) -> list[Link]:
        return [Link(_("Messages"), page_url("dashboard-messages"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        known = Message.objects.select_related("account__user")
        found = known.filter(pk=self.kwargs["message_id"]).first()
        if found is None:
            raise Http404
        self.message = found
        given_up = found.state == State.FAILED
        return {
            **super().get_context_data(**kwargs),
            "table": MessagesTable([found]),
            "message": found,
            "outcome": outcome_label(found),
            "may_retry": given_up and may(self.request.user, RETRY),
        }


class RetryAllPage(StaffPage, View):
    """The button below the list: everything in it that was given up is sent again."""

    permission = RETRY
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        form, at = MessagesForm(request.POST), timezone.now()
        found = found_by(form.cleaned_data) if form.is_valid() else Message.objects.none()
        failed = found.filter(state=State.FAILED).order_by("pk").values_list("pk", flat=True)
        count = sum(message_retried.run(pk, at=at) for pk in failed[:AT_ONCE])
        words = ngettext(
            "%(count)s message will be sent again.", "%(count)s messages will be sent again.", count
        )
        told = words % {"count": count}
        if count:
            audit_log.keep(request.user, told, "message", at=at)
        notices.success(request, told)
        return HttpResponseRedirect(page_url("dashboard-messages"))


class RetryPage(StaffPage, View):
    """The button: a link cannot send anything."""

    permission = RETRY
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, message_id: int) -> HttpResponse:
        at = timezone.now()
        if message_retried.run(message_id, at=at):
            told = gettext("The message will be sent again.")
            audit_log.keep(request.user, told, Message(pk=message_id), at=at)
            notices.success(request, told)
        else:
            notices.warning(request, gettext("Only a message that was given up can be sent again."))
        return HttpResponseRedirect(page_url("dashboard-message", message_id))


class LimitsPage(OneRowPage):
    """How often and at what hours members are written to."""

    title = _("Limits of messages")
    model = MessageLimits
    form_class = forms.modelform_factory(
        MessageLimits,
        fields=("weekly", "quiet_from", "quiet_until"),
        widgets=dict.fromkeys(("quiet_from", "quiet_until"), forms.TimeInput({"type": "time"})),
    )

    def trail(self) -> list[Link]:
        return [Link(_("Messages"), page_url("dashboard-messages"))]
