"""Members: searched, chosen by what sets them apart, and listed."""

import uuid
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.dashboard.access import may
from oscar_loyalty.dashboard.balances import BalancesPage
from oscar_loyalty.dashboard.columns import Day, Figure, ListTable, MemberName, Words
from oscar_loyalty.dashboard.editing import day_input
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.dashboard.pages import Link, page_url
from oscar_loyalty.dashboard.segments import NOBODY, SEGMENTS, condition
from oscar_loyalty.program.ledger.models import Account
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.terms.models import YEARS
from oscar_loyalty.program.tiers.models import Tier

#: In the place of a tier, members who stand on none.
NO_TIER = "none"


class MembersTable(ListTable):
    """Who is a member, and with how many points."""

    member = MemberName()
    email = Words(verbose_name=_("E-mail address"), accessor="user__email", default="")
    balance = Figure(verbose_name=_("Balance"))
    spendable = Figure(verbose_name=_("Spendable"))
    tier = Words(verbose_name=_("Tier"), accessor="standing__tier", default="–")
    joined_at = Day(verbose_name=_("Member since"))
    public_id = Words(verbose_name=_("Member number"), visible=False)


class MembersForm(forms.Form):
    """Whom to look for."""

    q = forms.CharField(label=_("Name, e-mail address or number"), max_length=254, required=False)
    tier = forms.ChoiceField(label=_("Tier"), required=False)
    segment = forms.ChoiceField(
        label=_("Which members"),
        required=False,
        choices=[("", _("All")), *((code, name) for code, (name, _who) in SEGMENTS.items())],
    )
    since = forms.DateField(
        label=_("Joined since"),
        required=False,
        widget=day_input(),
        # Days near the ends of the calendar cannot be converted between time zones.
        validators=[
            MinValueValidator(date(YEARS[0], 1, 1)),
            MaxValueValidator(date(YEARS[-1], 12, 31)),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tiers = [(str(tier.pk), str(tier)) for tier in Tier.objects.all()]
        self.fields["tier"].choices = [("", _("Every tier")), *tiers, (NO_TIER, _("No tier"))]


class MembersPage(ListPage):
    """All members, the newest first; those who were merged into others are not listed."""

    title = _("Members")
    url_name = "dashboard-members"
    table_class = MembersTable
    filter_class = MembersForm
    empty = _("There is no such member.")

    def buttons(self) -> list[Link]:
        if not may(self.request.user, BalancesPage.permission, BalancesPage.permission_beside):
            return []
        return [Link(BalancesPage.title, page_url("dashboard-balances"))]

    def rows(self, chosen: dict[str, Any]) -> QuerySet[Account]:
        found = Account.objects.select_related("user", "standing__tier")
        if chosen.get("q"):
            return found.filter(_named(chosen["q"]), *self._conditions(chosen))
        return found.filter(*self._conditions(chosen), merged_into__isnull=True)

    def _conditions(self, chosen: dict[str, Any]) -> list[Q]:
        wanted, terms = [], terms_queries.written()
        if tier := chosen.get("tier"):
            wanted.append(Q(standing__tier=None if tier == NO_TIER else tier))
        if segment := chosen.get("segment"):
            wanted.append(condition(segment, terms, at=timezone.now()))
        if since := chosen.get("since"):
            wanted.append(Q(joined_at__gte=terms.midnight(since)) if terms else NOBODY)
        return wanted


def _named(text: str) -> Q:
    """A whole member number names one; else every word is in the name or the address."""
    try:
        return Q(public_id=uuid.UUID(text))
    except ValueError:
        pass
    found = Q()
    for word in text.split():
        found &= (
            Q(user__email__icontains=word)
            | Q(user__first_name__icontains=word)
            | Q(user__last_name__icontains=word)
        )
    return found
