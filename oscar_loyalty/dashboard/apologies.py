"""Apologies: written as a draft, listed, sent once, and only looked at from then on."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm, modelform_factory
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.dashboard.access import MANAGE, SEND, may
from oscar_loyalty.dashboard.columns import ListTable, Moment, Words
from oscar_loyalty.dashboard.editing import EditPage, day_input, fields_of
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.dashboard.pages import Link, StaffPage, page_url
from oscar_loyalty.flows import apology_listed
from oscar_loyalty.program.apologies.models import Apology
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.staff import apology_pages, audit_log, people
from oscar_loyalty.staff.apologies import PARTS, ApologyForm, forget_list_of_others
from oscar_loyalty.staff.fields import ProductField


class ApologiesTable(ListTable):
    """One line for each thing that went wrong."""

    title = Words(verbose_name=_("Apology"), linkify=lambda record: _page_of(record))
    gives = Words(verbose_name=_("What the message brings"), accessor="get_gives_display")
    created_at = Moment(verbose_name=_("Written"))
    listed_at = Moment(verbose_name=_("List made"))
    released_at = Moment(verbose_name=_("Sent"))
    finished_at = Moment(verbose_name=_("Finished"))


class ApologiesPage(ListPage):
    """All apologies, the newest first."""

    title = _("Apologies")
    url_name = "dashboard-apologies"
    table_class = ApologiesTable
    empty = _("Nothing went wrong that anybody apologised for.")

    def rows(self, chosen: dict[str, Any]) -> QuerySet[Apology]:
        return Apology.objects.all()

    def trail(self) -> list[Link]:
        return [Link(_("Messages"), page_url("dashboard-messages"))]

    def buttons(self) -> list[Link]:
        if not may(self.request.user, MANAGE):
            return []
        return [Link(_("Write an apology"), page_url("dashboard-apology-add"))]


class _Below:
    """A page that the list of apologies leads to."""

    def trail(self) -> list[Link]:
        messages_page = Link(_("Messages"), page_url("dashboard-messages"))
        return [messages_page, Link(ApologiesPage.title, page_url("dashboard-apologies"))]


class ApologyPage(_Below, EditPage):
    """The draft; saving it leads to those whom it concerns."""

    model = Apology
    pk_url_kwarg = "apology_id"
    fieldsets = PARTS
    form_class = modelform_factory(
        Apology,
        form=ApologyForm,
        fields=fields_of(PARTS),
        field_classes={"product": ProductField},
        widgets={"placed_from": day_input(), "placed_until": day_input()},
    )
    saved = _("The draft is saved. Nothing is sent yet.")
    button = _("Save and see who is affected")

    @property
    def title(self) -> Any:
        return str(self.object) if self.object else _("New apology")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        known = self.get_object()
        if known and known.released_at:
            return HttpResponseRedirect(_page_of(known))
        return super().get(request, *args, **kwargs)

    @transaction.atomic
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().post(request, *args, **kwargs)

    def get_object(self, queryset: Any = None) -> Any:
        """As it is, and stays while a form of it is saved: nobody sends it meanwhile."""
        known = super().get_object(queryset)
        if known and self.request.method == "POST" and apology_listed.hold(known.pk):
            known.refresh_from_db()
        return known

    def save(self, form: ModelForm) -> None:
        apology_listed.refuse_sent(form.instance.released_at is None)
        form.instance.created_at = form.instance.created_at or timezone.now()
        form.save()
        forget_list_of_others(form)
        form.instance.refresh_from_db()
        if form.instance.listed_at is None:
            apology_listed.run(form.instance.pk, at=timezone.now())

    def get_success_url(self) -> str:
        return page_url("dashboard-apology-list", self.object.pk)


class _OnTheDesk(_Below, StaffPage):
    """A page about an apology that is written."""

    @property
    def remark(self) -> str:
        return self.apology.title

    def may(self, act: str) -> bool:
        return may(self.request.user, {"change": MANAGE, "send": SEND}[act])

    def url_of(self, page: str) -> str:
        return page_url(f"dashboard-apology-{page}", self.apology.pk)

    def keep(self, told: str) -> None:
        audit_log.keep(self.request.user, told, self.apology, at=timezone.now())


class AffectedPage(_OnTheDesk, apology_pages.ListPage):
    """Everybody on the list may be looked at; who may change apologies chooses among them."""

    title = apology_pages.ListPage.title
    template_name = "oscar_loyalty/dashboard/apology_list.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.may("change"):
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def member_of(self, account: Account) -> Any:
        url = page_url("dashboard-member", account.pk)
        return format_html('<a href="{}"><bdi>{}</bdi></a>', url, people.member_name(account))

    def buttons(self) -> list[Link]:
        if not self.may("change") or self.apology.released_at:
            return []
        return [Link(_("Change the draft"), page_url("dashboard-apology", self.apology.pk))]


class SendPage(_OnTheDesk, apology_pages.SendPage):
    """The last look before it goes."""

    permission = SEND
    title = apology_pages.SendPage.title
    template_name = "oscar_loyalty/dashboard/apology_send.html"


def _page_of(apology: Apology) -> str:
    """A draft is written on, what was sent is looked at."""
    name = "dashboard-apology-list" if apology.listed_at else "dashboard-apology"
    return page_url(name, apology.pk)
