"""Columns as our lists show them, and as their CSV has them."""

from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django_tables2 import Column, Table

from oscar_loyalty.dashboard.pages import page_url
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.staff import figures, people


class ListTable(Table):
    """A table as Oscar's dashboard has them; its order is that of the list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Not in a Meta, which every heir would have to inherit.
        ours = {
            "orderable": False,
            "template_name": "oscar_loyalty/dashboard/table.html",
            "attrs": {"class": "table table-striped table-bordered"},
        }
        super().__init__(*args, **{**ours, **kwargs})


class Words(Column):
    """A name, a code, a sentence: kept together whatever the direction of the page."""

    def render(self, value: Any) -> str:
        return format_html("<bdi>{}</bdi>", value)

    def value(self, value: Any) -> str:
        return str(value)


class MemberName(Words):
    """The member that a row is about, or who the row is, leading to their page."""

    def __init__(self, **kwargs: Any) -> None:
        ours = {"verbose_name": _("Member"), "accessor": "pk", "linkify": _page_of}
        super().__init__(**{**ours, **kwargs})

    def render(self, record: Any) -> str:
        return format_html("<bdi>{}</bdi>", people.member_name(_account_of(record)))

    def value(self, record: Any) -> str:
        return people.member_name(_account_of(record))


class Figure(Column):
    """A whole number, such as 12,500."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        aside = {"th": {"class": "loyalty-figure"}, "td": {"class": "loyalty-figure"}}
        super().__init__(*args, **{"attrs": aside, **kwargs})

    def render(self, value: int) -> str:
        return figures.counted(value)

    def value(self, value: int) -> int:
        return value


class Day(Column):
    """A day in the shop's time zone, of a moment too."""

    def render(self, value: Any) -> str:
        return format_html("<bdi>{}</bdi>", date_format(_day(value)))

    def value(self, value: Any) -> str:
        return _day(value).isoformat()


class Moment(Column):
    """A day and the time, in the shop's time zone."""

    def render(self, value: datetime) -> str:
        return format_html("<bdi>{}</bdi>", date_format(localtime(value), "DATETIME_FORMAT"))

    def value(self, value: datetime) -> str:
        return localtime(value).isoformat(" ", "seconds")


def _account_of(record: Any) -> Account:
    return record if isinstance(record, Account) else record.account


def _page_of(record: Any) -> str:
    return page_url("dashboard-member", _account_of(record).pk)


def _day(value: date) -> date:
    return localtime(value).date() if isinstance(value, datetime) else value
