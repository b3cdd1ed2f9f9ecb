"""Kinds of messages: each switched on or off, with its days, its channels, and what it brings."""

from typing import Any

from django.db.models import QuerySet
from django.forms import ModelForm, modelform_factory
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_tables2 import A
from oscar.views.decorators import check_permissions

from oscar_loyalty.dashboard.columns import Figure, ListTable, Words
from oscar_loyalty.dashboard.editing import EditPage
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.dashboard.pages import Link, page_url
from oscar_loyalty.dashboard.texts import MAY_EDIT
from oscar_loyalty.flows import messages_set_up
from oscar_loyalty.program.messages.models import MessageKind
from oscar_loyalty.program.messages.policy import KINDS
from oscar_loyalty.shop import channels
from oscar_loyalty.staff.message_kinds import KindForm, chosen_of, nature_of
from oscar_loyalty.words.letters import TEXTS, title_of


class KindsTable(ListTable):
    """One line for each kind."""

    code = Words(verbose_name=_("Message"), linkify=("oscar_loyalty:dashboard-kind", [A("pk")]))
    purpose = Words(verbose_name=_("What it is for"), accessor="code")
    active = Words(verbose_name=_("Is sent"))
    nature = Words(verbose_name=_("To whom"), accessor="code")
    days = Figure(verbose_name=_("Days"))
    channels = Words(verbose_name=_("Channels"))

    def render_code(self, value: str) -> str:
        return title_of(value)

    def render_purpose(self, value: str) -> str:
        return str(TEXTS[value].purpose)

    def render_active(self, value: bool) -> str:
        if not value:
            return gettext("No")
        return format_html("<strong>{}</strong>", gettext("Yes"))

    def render_nature(self, value: str) -> str:
        return nature_of(value)

    def render_channels(self, value: list[str]) -> str:
        return ", ".join(channels.title_of(code) for code in value)

    value_code, value_purpose = render_code, render_purpose
    value_nature, value_channels = render_nature, render_channels

    def value_active(self, value: bool) -> str:
        return gettext("Yes") if value else gettext("No")


class KindsPage(ListPage):
    """Every kind of message."""

    title = _("Kinds of messages")
    url_name = "dashboard-kinds"
    table_class = KindsTable
    paged = False

    def rows(self, chosen: dict[str, Any]) -> QuerySet[MessageKind]:
        return MessageKind.objects.filter(code__in=KINDS).order_by("pk")

    def trail(self) -> list[Link]:
        return [Link(_("Messages"), page_url("dashboard-messages"))]


class KindPage(EditPage):
    """Switch a kind on; its texts are beside it."""

    model = MessageKind
    pk_url_kwarg = "kind_id"
    template_name = "oscar_loyalty/dashboard/kind.html"

    @property
    def title(self) -> str:
        return title_of(self.object.code)

    @property
    def remark(self) -> str:
        return f"{TEXTS[self.object.code].purpose} {nature_of(self.object.code)}"

    @property
    def fieldsets(self) -> Any:
        sets = [(None, None, chosen_of(self.object.code))]
        present = (_("What the message brings"), None, MessageKind.PRESENT)
        return [*sets, present] if TEXTS[self.object.code].brings else sets

    def get_queryset(self) -> QuerySet[MessageKind]:
        return MessageKind.objects.filter(code__in=KINDS)

    def get_form_class(self) -> type[ModelForm]:
        names = [name for _title, _words, names in self.fieldsets for name in names]
        return modelform_factory(MessageKind, form=KindForm, fields=names)

    def save(self, form: ModelForm) -> None:
        """A message that is switched on finds its texts, also in a language added since."""
        form.save()
        messages_set_up.run()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        texts = messages_set_up.texts_of(self.object.code)
        return {
            **super().get_context_data(**kwargs),
            "texts": texts,
            "may_edit_texts": check_permissions(self.request.user, MAY_EDIT),
        }

    def trail(self) -> list[Link]:
        return [
            Link(_("Messages"), page_url("dashboard-messages")),
            Link(_("Kinds of messages"), page_url("dashboard-kinds")),
        ]

    def get_success_url(self) -> str:
        return page_url("dashboard-kinds")
