"""Coupons: who was given what, and what became of it."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.dashboard.columns import ListTable, MemberName, Moment, Words
from oscar_loyalty.dashboard.lists import ListPage
from oscar_loyalty.flows.coupon_given import Reason, words_for
from oscar_loyalty.program.coupons.models import Coupon

_OPEN = Q(order_number="", closed_at=None, voucher__isnull=False)


class CouponsTable(ListTable):
    """One line for each coupon."""

    member = MemberName()
    gives = Words(verbose_name=_("Gives"))
    code = Words(verbose_name=_("Code"), accessor="voucher__code", default=_("deleted"))
    issued_at = Moment(verbose_name=_("Given"))
    expires_at = Moment(verbose_name=_("Expires"))
    order_number = Words(verbose_name=_("Used for order"))
    closed_at = Moment(verbose_name=_("Closed"))
    reason = Words(verbose_name=_("Reason"))

    def render_gives(self, record: Coupon) -> str:
        return words_for(record.gives.gift)

    value_gives = render_gives

    def render_reason(self, value: str) -> str:
        return str(dict(Reason.choices).get(value, value))

    value_reason = render_reason


class CouponsForm(forms.Form):
    """Which coupons."""

    q = forms.CharField(
        label=_("Code, order number or e-mail address"), max_length=254, required=False
    )
    state = forms.ChoiceField(
        label=_("Which coupons"),
        required=False,
        choices=[
            ("", _("All")),
            ("open", _("Can be used")),
            ("used", _("Used")),
            ("over", _("Expired or closed")),
        ],
    )


class CouponsPage(ListPage):
    """All coupons, the newest first."""

    title = _("Coupons")
    remark = _("A coupon is given from the page of its member.")
    url_name = "dashboard-coupons"
    table_class = CouponsTable
    filter_class = CouponsForm
    empty = _("There is no such coupon.")

    def rows(self, chosen: dict[str, Any]) -> QuerySet[Coupon]:
        found = Coupon.objects.select_related("account__user", "gives", "voucher")
        if text := chosen.get("q"):
            found = found.filter(
                Q(voucher__code__iexact=text)
                | Q(order_number=text)
                | Q(account__user__email__iexact=text)
            )
        return found.filter(_in_state(chosen.get("state")))


def _in_state(state: str | None) -> Q:
    good = _OPEN & Q(expires_at__gt=timezone.now())
    used = ~Q(order_number="")
    return {"open": good, "used": used, "over": ~(good | used)}.get(state or "", Q())
