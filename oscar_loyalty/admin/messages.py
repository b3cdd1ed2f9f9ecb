"""Messages: switched on, kept within limits, and looked after; their texts are in the dashboard."""

from typing import Any

from django.contrib import admin
from django.contrib import messages as notices
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.admin.links import member_link
from oscar_loyalty.admin.logged import LoggedAdmin
from oscar_loyalty.admin.read_only import ReadOnlyAdmin
from oscar_loyalty.flows import message_retried, messages_set_up
from oscar_loyalty.program.messages.models import Consent, Message, MessageKind, MessageLimits
from oscar_loyalty.program.messages.policy import KINDS
from oscar_loyalty.shop import channels
from oscar_loyalty.staff import people
from oscar_loyalty.staff.message_kinds import KindForm, chosen_of, nature_of
from oscar_loyalty.staff.reasons import outcome_label
from oscar_loyalty.words.letters import TEXTS, title_of


@admin.register(MessageKind)
class MessageKindAdmin(LoggedAdmin):
    """One row for each kind: none is added or deleted, each is switched on or off."""

    class Media:
        css = {"all": ["oscar_loyalty/admin.css"]}

    form = KindForm
    actions = None
    list_display = ("title", "nature", "active")
    ordering = ("pk",)
    readonly_fields = ("title", "purpose", "nature", "texts")

    def get_queryset(self, request: HttpRequest) -> QuerySet[MessageKind]:
        return super().get_queryset(request).filter(code__in=KINDS)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Days and a present, where the kind has them; what is about security goes by e-mail."""
        sets = [(None, {"fields": ("title", "purpose", "nature", *chosen_of(obj.code), "texts")})]
        present = (_("What the message brings"), {"fields": MessageKind.PRESENT})
        return [*sets, present] if TEXTS[obj.code].brings else sets

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """A message that is switched on finds its texts, also in a language added since."""
        super().save_model(request, obj, form, change)
        messages_set_up.run()

    @admin.display(description=_("message"))
    def title(self, kind: MessageKind) -> str:
        return title_of(kind.code)

    @admin.display(description=_("what it is for"))
    def purpose(self, kind: MessageKind) -> str:
        return str(TEXTS[kind.code].purpose)

    @admin.display(description=_("consent"))
    def nature(self, kind: MessageKind) -> str:
        return nature_of(kind.code)

    @admin.display(description=_("texts"))
    def texts(self, kind: MessageKind) -> str:
        rows = messages_set_up.texts_of(kind.code)
        if not rows:
            return gettext("They are made when this is saved.")
        links = ((reverse("oscar_loyalty:text", args=[code]), name) for code, name in rows)
        return format_html_join(SafeString("<br>"), '<a href="{}">{}</a>', links)


@admin.register(MessageLimits)
class MessageLimitsAdmin(LoggedAdmin):
    """The one row of limits, which `loyalty_setup` has made."""

    fields = ("weekly", ("quiet_from", "quiet_until"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is no list of one: go to the row."""
        pk = MessageLimits.objects.values_list("pk", flat=True).first()
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        if pk is None:
            raise Http404("Run loyalty_setup first.")
        return HttpResponseRedirect(reverse("admin:oscar_loyalty_messagelimits_change", args=[pk]))


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """What is on its way, was sent, or was not, and why; what was given up can be tried again."""

    list_display = ("member", "title", "way", "state", "planned_at", "settled_at", "reason")
    list_filter = ("state", "marketing", "channel")
    search_fields = ("order_number__exact", "account__user__email__iexact")
    search_help_text = _("Search by order number or the member's e-mail address.")
    ordering = ("-pk",)
    change_form_template = "admin/oscar_loyalty/message.html"
    fields = (
        "owner",
        "title",
        "way",
        "state",
        "reason",
        "planned_at",
        "due_at",
        "settled_at",
        "attempts",
        "order_number",
        "language",
        "key",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).select_related("account__user")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    def get_urls(self) -> list[Any]:
        retry = path(
            "<int:message_id>/retry/",
            self.admin_site.admin_view(self.retry),
            name="oscar_loyalty_message_retry",
        )
        return [retry, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        told = {"may_retry": self._may_retry(request)}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **told})

    def retry(self, request: HttpRequest, message_id: int) -> HttpResponse:
        """Send it after all; a link cannot do that, only the button."""
        if not self._may_retry(request):
            raise PermissionDenied
        page = reverse("admin:oscar_loyalty_message_change", args=[message_id])
        if request.method != "POST":
            return HttpResponseRedirect(page)
        if message_retried.run(message_id, at=timezone.now()):
            notices.success(request, gettext("The message will be sent again."))
        else:
            notices.warning(request, gettext("Only a message that was given up can be sent again."))
        return HttpResponseRedirect(page)

    def _may_retry(self, request: HttpRequest) -> bool:
        return request.user.has_perm("oscar_loyalty.retry_message")

    @admin.display(description=_("member"))
    def owner(self, message: Message) -> str:
        return member_link(message.account)

    @admin.display(description=_("member"))
    def member(self, message: Message) -> str:
        return people.member_name(message.account)

    @admin.display(description=_("message"))
    def title(self, message: Message) -> str:
        return title_of(message.kind)

    @admin.display(description=_("channel"), ordering="channel")
    def way(self, message: Message) -> str:
        return channels.title_of(message.channel)

    @admin.display(description=_("reason"))
    def reason(self, message: Message) -> str:
        return outcome_label(message)


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    """Who wanted which messages, since when, and how they said so."""

    list_display = ("member", "subject", "wanted", "source", "given_at")
    list_filter = ("wanted", "source")
    search_fields = ("account__user__email__iexact",)
    search_help_text = _("Search by the member's e-mail address.")
    ordering = ("-pk",)
    fields = ("owner", "subject", "wanted", "source", "given_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        return super().get_queryset(request).select_related("account__user")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    @admin.display(description=_("member"))
    def owner(self, consent: Consent) -> str:
        return member_link(consent.account)

    @admin.display(description=_("member"))
    def member(self, consent: Consent) -> str:
        return people.member_name(consent.account)

    @admin.display(description=_("about"))
    def subject(self, consent: Consent) -> str:
        return title_of(consent.about)
