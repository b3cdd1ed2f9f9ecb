"""The first page: how the programme does today, and what needs somebody's attention."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core import checks
from django.core.cache import cache
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView

from oscar_loyalty.dashboard.pages import StaffPage, page_url
from oscar_loyalty.program.ledger.queries import figures
from oscar_loyalty.program.messages import queries as messages_queries
from oscar_loyalty.program.oversight import queries as oversight_queries
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.policy import Terms
from oscar_loyalty.shop import money
from oscar_loyalty.words.wording import sentence

PERIOD = timedelta(days=30)
#: The books are read for these figures, so they may be so old, in seconds.
FRESH = 300
#: Messages that are due for so long are not being sent.
PATIENCE = timedelta(hours=1)
#: The due jobs audit the books every day.
AUDIT_PATIENCE = timedelta(days=2)
_KEY = "oscar_loyalty.overview"


class Figure(NamedTuple):
    """A number of today, and where more is to be seen."""

    title: Any
    value: SafeString
    beside: SafeString | str
    url: str


class Concern(NamedTuple):
    """Something that somebody should look after, and where that is done."""

    words: Any
    url: str = ""
    hint: str = ""


class Books(NamedTuple):
    """What was read of the books, and when."""

    totals: figures.Totals
    moved: figures.Moved
    at: datetime


class OverviewPage(StaffPage, TemplateView):
    """Figures of today, and concerns."""

    template_name = "oscar_loyalty/dashboard/overview.html"
    http_method_names = ["get", "head", "options"]
    title = gettext_lazy("Loyalty")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        at = timezone.now()
        terms, books = terms_queries.written(), _books(at)
        post = messages_queries.waiting_and_failed(before=at - PATIENCE)
        return {
            **super().get_context_data(**kwargs),
            "figures": [*_of_books(books, terms), _of_post(*post)],
            "at": books.at,
            "concerns": [*_concerns(terms, books, post, at), *_of_the_set_up()],
        }


def _books(at: datetime) -> Books:
    found: Books | None = cache.get(_KEY)
    if found is None:
        found = Books(figures.totals(), figures.moved(since=at - PERIOD), at)
        cache.set(_KEY, found, FRESH)
    return found


def _of_books(books: Books, terms: Terms | None) -> Iterator[Figure]:
    def worth(points: int) -> SafeString | str:
        if terms is None:
            return ""
        amount = money.formatted(terms.worth(points), terms.currency)
        return sentence(_("worth {amount}"), amount=amount)

    members, points = books.totals.members, books.totals.points
    list_url = page_url("dashboard-members")
    yield Figure(_("Members"), _number(members), "", list_url)
    yield Figure(_("Points that members have"), _number(points), worth(points), "")
    for title, count in (
        (_("Earned in the last 30 days"), books.moved.earned),
        (_("Spent in the last 30 days"), books.moved.spent),
        (_("Expired in the last 30 days"), books.moved.expired),
    ):
        yield Figure(title, _number(count), worth(count), "")


def _of_post(waiting: int, late: int, failed: int) -> Figure:
    words = ngettext("{failed} given up", "{failed} given up", failed)
    url = page_url("dashboard-messages")
    return Figure(_("Messages waiting"), _number(waiting), sentence(words, failed=failed), url)


def _number(value: int) -> SafeString:
    return sentence("{value}", value=value)


def _concerns(
    terms: Terms | None, books: Books, post: tuple[int, int, int], at: datetime
) -> Iterator[Concern]:
    _waiting, late, failed = post
    settings_url, messages_url = page_url("dashboard-settings"), page_url("dashboard-messages")
    if terms is None:
        yield Concern(_("There is no loyalty programme yet."), settings_url)
    elif not terms.active:
        yield Concern(_("The programme is switched off: orders earn nothing."), settings_url)
    if failed:
        words = ngettext("{count} message was given up.", "{count} messages were given up.", failed)
        yield Concern(sentence(words, count=failed), f"{messages_url}?state=failed")
    if late:
        words = ngettext(
            "{count} message has been due for more than an hour: do the due jobs run?",
            "{count} messages have been due for more than an hour: do the due jobs run?",
            late,
        )
        yield Concern(sentence(words, count=late), f"{messages_url}?state=waiting")
    if waiting := oversight_queries.waiting():
        words = ngettext(
            "{count} correction of points waits for a colleague to agree.",
            "{count} corrections of points wait for a colleague to agree.",
            waiting,
        )
        url = f"{page_url('dashboard-approvals')}?state=waiting"
        yield Concern(sentence(words, count=waiting), url)
    if debtors := books.totals.debtors:
        words = ngettext("{count} member owes points.", "{count} members owe points.", debtors)
        url = f"{page_url('dashboard-members')}?segment=debt"
        yield Concern(sentence(words, count=debtors), url)
    yield from _of_the_audit(at)


def _of_the_audit(at: datetime) -> Iterator[Concern]:
    report, url = figures.last_audit(), page_url("dashboard-audit")
    if report.finished_at is None:
        yield Concern(_("The books were never audited: the due jobs do it once a day."), url)
        return
    if report.found:
        words = ngettext(
            "The audit of the books found {count} fault.",
            "The audit of the books found {count} faults.",
            report.found,
        )
        yield Concern(sentence(words, count=report.found), url)
    if report.finished_at < at - AUDIT_PATIENCE:
        day = date_format(timezone.localtime(report.finished_at), "DATE_FORMAT")
        words = _("The books were last audited on {day}: do the due jobs run?")
        yield Concern(sentence(words, day=day), url)


def _of_the_set_up() -> Iterator[Concern]:
    """What the system checks of ours say, as on the command line."""
    for found in checks.run_checks(tags=["oscar_loyalty"]):
        if not found.is_silenced():
            yield Concern(f"{found.id}: {found.msg}", hint=found.hint or "")
