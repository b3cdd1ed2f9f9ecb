"""The menu "Loyalty" in Oscar's dashboard; settings read it, so nothing here needs the apps."""

from typing import Any

from django.utils.translation import gettext_lazy as _


def _may_open(user: Any, url_name: str, *where: Any) -> bool:
    from oscar_loyalty.dashboard.access import may_open

    return may_open(user, url_name, *where)


def _page(label: Any, name: str) -> dict[str, Any]:
    return {"label": label, "url_name": f"oscar_loyalty:{name}", "access_fn": _may_open}


MENU = {
    "label": _("Loyalty"),
    "icon": "fas fa-star",
    "children": [
        _page(_("Overview"), "dashboard"),
        _page(_("Members"), "dashboard-members"),
        _page(_("Corrections to approve"), "dashboard-approvals"),
        _page(_("Tiers"), "dashboard-tiers"),
        _page(_("Earning rules"), "dashboard-rules"),
        _page(_("Campaigns"), "dashboard-campaigns"),
        _page(_("Coupons"), "dashboard-coupons"),
        _page(_("Messages"), "dashboard-messages"),
        _page(_("Reports"), "dashboard-reports"),
        _page(_("Simulator"), "dashboard-drafts"),
        _page(_("Settings"), "dashboard-settings"),
        _page(_("Changes"), "dashboard-changes"),
    ],
}
