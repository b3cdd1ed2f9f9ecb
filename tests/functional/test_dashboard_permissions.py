"""Who may open which of our pages in Oscar's dashboard: every URL, every kind of visitor."""

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from oscar.apps.dashboard.menu import get_nodes

from oscar_loyalty.flows import sales_counted
from oscar_loyalty.models import AdjustmentRequest, Message, MessageKind, MessageLimits, Occasion
from tests import apologising, flash_sales, simulating, world
from tests.functional.desk import books, dashboard_pages, owner, signed_in, staff
from tests.world import NEW_YEAR

VIEW = "view_account"
#: What staff need for a page beside VIEW, and what it answers to those who have it. The CSV of a
#: page that needs more than VIEW needs that, too.
PAGES = {
    "dashboard": (VIEW, 200),
    "dashboard-audit": (VIEW, 200),
    "dashboard-audit-ask": ("change_programme", 405),
    "dashboard-approvals": (VIEW, 200),
    "dashboard-approvals-csv": ("export_members", 200),
    "dashboard-approval": ("approve_points", 200),
    "dashboard-changes": ("change_programme", 200),
    "dashboard-changes-csv": ("export_members change_programme", 200),
    "dashboard-members": (VIEW, 200),
    "dashboard-members-csv": ("export_members", 200),
    "dashboard-member": (VIEW, 200),
    "dashboard-balances": ("change_programme adjust_points", 200),
    "dashboard-member-json": ("export_members", 200),
    "dashboard-member-adjust": ("adjust_points", 200),
    "dashboard-member-set-tier": ("change_standing", 200),
    "dashboard-member-give-coupon": ("give_coupon", 200),
    "dashboard-member-block": ("block_members", 200),
    "dashboard-member-unblock": ("block_members", 200),
    "dashboard-member-merge": ("merge_members", 200),
    "dashboard-member-erase": ("erase_members", 200),
    "dashboard-tiers": (VIEW, 200),
    "dashboard-tiers-csv": ("export_members", 200),
    "dashboard-tier-add": ("change_programme", 200),
    "dashboard-tier": ("change_programme", 200),
    "dashboard-rules": (VIEW, 200),
    "dashboard-rules-csv": ("export_members", 200),
    "dashboard-rule-add": ("change_programme", 200),
    "dashboard-rule": ("change_programme", 200),
    "dashboard-campaigns": (VIEW, 200),
    "dashboard-campaigns-csv": ("export_members", 200),
    "dashboard-sale-add": ("change_programme", 200),
    "dashboard-sale": ("change_programme", 200),
    "dashboard-coupons": (VIEW, 200),
    "dashboard-coupons-csv": ("export_members", 200),
    "dashboard-messages": (VIEW, 200),
    "dashboard-messages-csv": ("export_members", 200),
    "dashboard-message": (VIEW, 200),
    "dashboard-message-retry": ("retry_message", 405),
    "dashboard-kinds": (VIEW, 200),
    "dashboard-kinds-csv": ("export_members", 200),
    "dashboard-kind": ("change_programme", 200),
    "dashboard-limits": ("change_programme", 200),
    "dashboard-texts": ("edit_texts", 200),
    "dashboard-texts-csv": ("export_members edit_texts", 200),
    "dashboard-messages-retry": ("retry_message", 405),
    "dashboard-occasions": (VIEW, 200),
    "dashboard-occasions-csv": ("export_members", 200),
    "dashboard-occasion-add": ("change_programme", 200),
    "dashboard-occasion": ("change_programme", 200),
    "dashboard-apologies": (VIEW, 200),
    "dashboard-apologies-csv": ("export_members", 200),
    "dashboard-apology-add": ("change_programme", 200),
    "dashboard-apology": ("change_programme", 200),
    "dashboard-apology-list": (VIEW, 200),
    "dashboard-apology-send": ("send_apology", 200),
    "dashboard-reports": (VIEW, 200),
    "dashboard-report": (VIEW, 200),
    "dashboard-report-csv": ("export_members", 200),
    "dashboard-drafts": ("change_programme", 200),
    "dashboard-drafts-csv": ("export_members change_programme", 200),
    "dashboard-draft-add": ("change_programme", 200),
    "dashboard-draft": ("change_programme", 200),
    "dashboard-draft-terms": ("change_programme", 200),
    "dashboard-draft-tiers": ("change_programme", 200),
    "dashboard-draft-rule-add": ("change_programme", 200),
    "dashboard-draft-rule": ("change_programme", 200),
    "dashboard-draft-assumptions": ("change_programme", 200),
    "dashboard-draft-publish": ("change_programme", 200),
    "dashboard-simulations": ("change_programme", 200),
    "dashboard-simulation": ("change_programme", 200),
    "dashboard-simulation-csv": ("export_members change_programme", 200),
    "dashboard-settings": ("change_programme", 200),
    "dashboard-reviews": ("change_programme", 200),
    "dashboard-winback": ("change_programme", 200),
    "dashboard-surprises": ("change_programme", 200),
}


def needed(page):
    """All that opens a page."""
    return {VIEW, *PAGES[page][0].split()}


PERMISSIONS = sorted(set().union(*map(needed, PAGES)))


@pytest.fixture
def rows(ladder):
    """One row for each page that shows one, by the name of the argument in its URL."""
    alice = world.customer("alice")
    world.place(alice, "100.00")
    MessageLimits.objects.create()
    sales_counted.run(at=NEW_YEAR)
    message = Message.objects.create(
        account=alice.loyalty_account,
        kind="thank-you",
        key="thank-you:1",
        marketing=False,
        planned_at=NEW_YEAR,
        due_at=NEW_YEAR,
    )
    return {
        "account_id": alice.loyalty_account.pk,
        "tier_id": ladder[0].pk,
        "message_id": message.pk,
        "occasion_id": Occasion.objects.create(name="Nowruz", what="nowruz").pk,
        "request_id": AdjustmentRequest.objects.create(
            account=alice.loyalty_account,
            points=5000,
            source="1",
            requested_by="user:0",
            requested_at=NEW_YEAR,
        ).pk,
        "rule_id": world.rule(points=5).rule_id,
        "sale_id": flash_sales.sale(world.product()).pk,
        "apology_id": apologising.draft().pk,
        "report": "churn",
        "kind_id": MessageKind.objects.create(code="thank-you").pk,
        **simulating.rows(),
    }


ARGUMENTS = dict(dashboard_pages())


def url_of(page, rows):
    return reverse(f"oscar_loyalty:{page}", args=[rows[name] for name in ARGUMENTS[page]])


def test_every_page_of_ours_is_in_the_table():
    assert set(ARGUMENTS) == set(PAGES)


def partners_clerk():
    """Somebody who works for a partner: Oscar lets them into a part of the dashboard."""
    user = world.customer("paula")
    user.user_permissions.add(Permission.objects.get(codename="dashboard_access"))
    return user


@pytest.mark.parametrize("page", PAGES)
def test_strangers_stay_out(rows, page):
    url = url_of(page, rows)
    visitors = {
        "customer": world.customer("charlie"),
        "customer with all permissions": staff("eve", *PERMISSIONS, is_staff=False),
        "partner's staff": partners_clerk(),
        "staff without permission": staff("frank"),
    }
    for number, permission in enumerate(sorted(needed(page))):
        visitors[f"all but {permission}"] = staff(f"g{number}", *{*PERMISSIONS} - {permission})
    clients = {who: signed_in(user) for who, user in visitors.items()}
    before = books()
    for method in ("get", "post"):
        anonymous = getattr(Client(), method)(url)
        assert anonymous.status_code == 302
        assert anonymous.url.startswith(reverse("dashboard:login"))
        codes = {who: getattr(client, method)(url).status_code for who, client in clients.items()}
        assert codes == dict.fromkeys(visitors, 403)
    assert books() == before


@pytest.mark.parametrize("page", PAGES)
def test_staff_with_the_permission_come_in(rows, page):
    url = url_of(page, rows)
    for user in (staff("carol", *needed(page)), owner()):
        assert signed_in(user).get(url).status_code == PAGES[page][1]


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_staff_with_one_permission_open_exactly_its_pages(rows, permission):
    alone = signed_in(staff("ivan", permission))
    client = signed_in(staff("carol", *{VIEW, permission}))
    opened = {page for page in PAGES if client.get(url_of(page, rows)).status_code != 403}
    assert opened == {page for page in PAGES if needed(page) <= {VIEW, permission}}
    if permission != VIEW:
        assert {alone.get(url_of(page, rows)).status_code for page in PAGES} == {403}


def menu_of(user):
    (found,) = [node for node in get_nodes(user) if str(node.label) == "Loyalty"] or [None]
    return [child.url for child in found.children] if found else None


def test_the_menu_leads_where_one_may_go(rows):
    entries = [entry["url_name"] for entry in settings.OSCAR_DASHBOARD_NAVIGATION[-1]["children"]]
    carol = staff("carol", VIEW)
    pages = [name.removeprefix("oscar_loyalty:") for name in entries]
    open_to_carol = [url_of(page, rows) for page in pages if needed(page) == {VIEW}]
    assert menu_of(carol) == open_to_carol
    assert menu_of(owner()) == [reverse(name) for name in entries]
    assert menu_of(staff("frank")) is None
    assert menu_of(partners_clerk()) is None
    assert menu_of(staff("eve", VIEW, is_staff=False)) is None
    assert signed_in(carol).get(reverse("dashboard:index")).status_code == 200
