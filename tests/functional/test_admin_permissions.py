"""Who may open which page of ours: every URL of the admin, every kind of visitor."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from oscar_loyalty.models import (
    Account,
    Award,
    Consent,
    Coupon,
    Entry,
    Lapse,
    Message,
    MessageKind,
    MessageLimits,
    Occasion,
    ReviewReward,
    ReviewTerms,
    SurpriseDraw,
    SurpriseGift,
    SurpriseSettings,
    WinBackSettings,
)
from tests import apologising, coupons, flash_sales, world
from tests.functional.desk import books, owner, signed_in, staff
from tests.world import NEW_YEAR

#: What staff need for a page, and what a superuser gets there. 403: nobody may.
PAGES = {
    "programme_changelist": ("view_programme", 302),
    "programme_add": ("add_programme", 403),
    "programme_change": ("view_programme", 200),
    "programme_history": ("view_programme", 200),
    "programme_delete": ("delete_programme", 403),
    "tier_changelist": ("view_tier", 200),
    "tier_add": ("add_tier", 200),
    "tier_change": ("view_tier", 200),
    "tier_history": ("view_tier", 200),
    "tier_delete": ("delete_tier", 200),
    "account_changelist": ("view_account", 200),
    "account_add": ("add_account", 403),
    "account_change": ("view_account", 200),
    "account_history": ("view_account", 200),
    "account_delete": ("delete_account", 403),
    "account_adjust": ("adjust_points", 200),
    "account_set_tier": ("change_standing", 200),
    "account_give_coupon": ("give_coupon", 200),
    "coupon_changelist": ("view_coupon", 200),
    "coupon_add": ("add_coupon", 403),
    "coupon_change": ("view_coupon", 200),
    "coupon_history": ("view_coupon", 200),
    "coupon_delete": ("delete_coupon", 403),
    "account_block": ("block_members", 200),
    "account_unblock": ("block_members", 200),
    "account_merge": ("merge_members", 200),
    "account_erase": ("erase_members", 200),
    "apology_changelist": ("view_apology", 200),
    "apology_add": ("add_apology", 200),
    "apology_change": ("view_apology", 200),
    "apology_history": ("view_apology", 200),
    "apology_delete": ("delete_apology", 200),
    "apology_list": ("view_apology", 200),
    "apology_send": ("send_apology", 200),
    "flashsale_changelist": ("view_flashsale", 200),
    "flashsale_add": ("add_flashsale", 200),
    "flashsale_change": ("view_flashsale", 200),
    "flashsale_history": ("view_flashsale", 200),
    "flashsale_delete": ("delete_flashsale", 200),
    "entry_changelist": ("view_entry", 200),
    "entry_add": ("add_entry", 403),
    "entry_change": ("view_entry", 200),
    "entry_history": ("view_entry", 200),
    "entry_delete": ("delete_entry", 403),
    "award_changelist": ("view_award", 200),
    "award_add": ("add_award", 403),
    "award_change": ("view_award", 200),
    "award_history": ("view_award", 200),
    "award_delete": ("delete_award", 403),
    "hold_changelist": ("view_hold", 200),
    "hold_add": ("add_hold", 403),
    "hold_change": ("view_hold", 200),
    "hold_history": ("view_hold", 200),
    "hold_delete": ("delete_hold", 403),
    "messagekind_changelist": ("view_messagekind", 200),
    "messagekind_add": ("add_messagekind", 403),
    "messagekind_change": ("view_messagekind", 200),
    "messagekind_history": ("view_messagekind", 200),
    "messagekind_delete": ("delete_messagekind", 403),
    "messagelimits_changelist": ("view_messagelimits", 302),
    "messagelimits_add": ("add_messagelimits", 403),
    "messagelimits_change": ("view_messagelimits", 200),
    "messagelimits_history": ("view_messagelimits", 200),
    "messagelimits_delete": ("delete_messagelimits", 403),
    "message_changelist": ("view_message", 200),
    "message_add": ("add_message", 403),
    "message_change": ("view_message", 200),
    "message_history": ("view_message", 200),
    "message_delete": ("delete_message", 403),
    "message_retry": ("retry_message", 302),
    "consent_changelist": ("view_consent", 200),
    "consent_add": ("add_consent", 403),
    "consent_change": ("view_consent", 200),
    "consent_history": ("view_consent", 200),
    "consent_delete": ("delete_consent", 403),
    "winbacksettings_changelist": ("view_winbacksettings", 302),
    "winbacksettings_add": ("add_winbacksettings", 403),
    "winbacksettings_change": ("view_winbacksettings", 200),
    "winbacksettings_history": ("view_winbacksettings", 200),
    "winbacksettings_delete": ("delete_winbacksettings", 403),
    "lapse_changelist": ("view_lapse", 200),
    "lapse_add": ("add_lapse", 403),
    "lapse_change": ("view_lapse", 200),
    "lapse_history": ("view_lapse", 200),
    "lapse_delete": ("delete_lapse", 403),
    "reviewterms_changelist": ("view_reviewterms", 302),
    "reviewterms_add": ("add_reviewterms", 403),
    "reviewterms_change": ("view_reviewterms", 200),
    "reviewterms_history": ("view_reviewterms", 200),
    "reviewterms_delete": ("delete_reviewterms", 403),
    "reviewreward_changelist": ("view_reviewreward", 200),
    "reviewreward_add": ("add_reviewreward", 403),
    "reviewreward_change": ("view_reviewreward", 200),
    "reviewreward_history": ("view_reviewreward", 200),
    "reviewreward_delete": ("delete_reviewreward", 403),
    "ruleversion_changelist": ("view_ruleversion", 200),
    "ruleversion_add": ("add_ruleversion", 200),
    "ruleversion_change": ("view_ruleversion", 200),
    "ruleversion_history": ("view_ruleversion", 200),
    "ruleversion_delete": ("delete_ruleversion", 403),
    "occasion_changelist": ("view_occasion", 200),
    "occasion_add": ("add_occasion", 200),
    "occasion_change": ("view_occasion", 200),
    "occasion_history": ("view_occasion", 200),
    "occasion_delete": ("delete_occasion", 200),
    "surprisesettings_changelist": ("view_surprisesettings", 302),
    "surprisesettings_add": ("add_surprisesettings", 403),
    "surprisesettings_change": ("view_surprisesettings", 200),
    "surprisesettings_history": ("view_surprisesettings", 200),
    "surprisesettings_delete": ("delete_surprisesettings", 403),
    "surprisedraw_changelist": ("view_surprisedraw", 200),
    "surprisedraw_add": ("add_surprisedraw", 403),
    "surprisedraw_change": ("view_surprisedraw", 200),
    "surprisedraw_history": ("view_surprisedraw", 200),
    "surprisedraw_delete": ("delete_surprisedraw", 403),
    "surprisegift_changelist": ("view_surprisegift", 200),
    "surprisegift_add": ("add_surprisegift", 403),
    "surprisegift_change": ("view_surprisegift", 200),
    "surprisegift_history": ("view_surprisegift", 200),
    "surprisegift_delete": ("delete_surprisegift", 403),
}


@pytest.fixture
def rows(db):
    """One row for each page that shows one."""
    programme = world.programme()
    alice = world.customer("alice")
    world.place(alice, "100.00")
    return {
        "programme": programme,
        "tier": world.tier("Gold", 1, "300"),
        "ruleversion": world.rule(points=5),
        "account": Account.objects.get(user=alice),
        "entry": Entry.objects.get(),
        "award": Award.objects.get(),
        "hold": world.hold(alice, 30),
        "coupon": coupons.give(alice),
        "apology": apologising.draft(),
        "flashsale": flash_sales.sale(world.product()),
        "messagekind": MessageKind.objects.create(code="thank-you"),
        "messagelimits": MessageLimits.objects.create(),
        "message": Message.objects.create(
            account=alice.loyalty_account,
            kind="thank-you",
            key="thank-you:1",
            marketing=False,
            planned_at=NEW_YEAR,
            due_at=NEW_YEAR,
        ),
        "consent": Consent.objects.create(
            account=alice.loyalty_account,
            about="thank-you",
            wanted=False,
            source="preferences",
            given_at=NEW_YEAR,
        ),
        **rows_of_campaigns(alice.loyalty_account),
    }


def rows_of_campaigns(account):
    """What is said and given unasked, and what came of it."""
    draw = SurpriseDraw.objects.create(day=NEW_YEAR.date(), seed="5eed" * 16)
    return {
        "winbacksettings": WinBackSettings.objects.create(),
        "lapse": Lapse.objects.create(
            account=account,
            began_at=NEW_YEAR,
            found_at=NEW_YEAR,
            drawn=0,
            held_out=True,
        ),
        "reviewterms": ReviewTerms.objects.create(),
        "reviewreward": ReviewReward.objects.create(
            account=account,
            product_id=1,
            review_id=1,
            order_number="1",
            line_id=1,
            points=0,
            given_at=NEW_YEAR,
        ),
        "occasion": Occasion.objects.create(name="Nowruz", what="nowruz"),
        "surprisesettings": SurpriseSettings.objects.create(
            budget=100, chance=5, gives="points", value=50
        ),
        "surprisedraw": draw,
        "surprisegift": SurpriseGift.objects.create(draw=draw, account=account),
    }


def url_of(page, rows):
    model, _, verb = page.partition("_")
    args = [] if verb in ("changelist", "add") else [rows[model].pk]
    return reverse(f"admin:oscar_loyalty_{page}", args=args)


def leads_to_log_in(response):
    return response.status_code == 302 and response.url.startswith(reverse("admin:login"))


def test_every_page_of_ours_is_in_the_table():
    ours = {
        pattern.name.removeprefix("oscar_loyalty_")
        for model, pages in admin.site._registry.items()
        if model._meta.app_label == "oscar_loyalty"
        for pattern in pages.get_urls()
        if pattern.name
    }
    assert ours == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_only_staff_with_the_permission_may(rows, page):
    permission, answer = PAGES[page]
    url = url_of(page, rows)
    # Who may correct members may look at them, so those permissions are no strangers there.
    correcting = {
        "adjust_points",
        "block_members",
        "change_standing",
        "erase_members",
        "give_coupon",
        "merge_members",
    }
    kin = correcting if page.startswith("account_") else set()
    unrelated = {name for name, _answer in PAGES.values()} - {permission, *kin}
    before = books()
    visitors = {
        "anonymous": Client(),
        "customer": signed_in(world.customer("charlie")),
        "customer with the permission": signed_in(staff("eve", permission, is_staff=False)),
        "staff without permission": signed_in(staff("frank")),
        "staff with other permissions": signed_in(staff("grace", *sorted(unrelated))),
        "staff with the permission": signed_in(staff("carol", permission)),
        "superuser": signed_in(owner()),
    }
    answers = {who: client.get(url) for who, client in visitors.items()}
    for who in ("anonymous", "customer", "customer with the permission"):
        assert leads_to_log_in(answers[who]), who
    for who in ("staff without permission", "staff with other permissions"):
        assert answers[who].status_code == 403, who
    for who in ("staff with the permission", "superuser"):
        assert answers[who].status_code == answer, who
    assert not [entry for entry in books()[1] if entry not in before[1]]


@pytest.mark.parametrize("page", ["account_adjust", "account_set_tier", "account_give_coupon"])
def test_nobody_else_may_send_the_forms(rows, page):
    url = url_of(page, rows)
    fields = {
        "points": "150",
        "reason": "goodwill",
        "note": "For me.",
        "source": "6f1d1c0e-9a55-4c4e-8a5e-0d5a1b7a3c11",
        "tier": rows["tier"].pk,
        "kind": "amount",
        "value": "5",
        "last_day": "2030-01-01",
    }
    permission = PAGES[page][0]
    visitors = [
        Client(),
        signed_in(world.customer("charlie")),
        signed_in(rows["account"].user),
        signed_in(staff("eve", permission, is_staff=False)),
        signed_in(staff("frank", "view_account", "change_account")),
    ]
    before = books()
    codes = [client.post(url, fields).status_code for client in visitors]
    assert codes == [302, 302, 302, 302, 403]
    assert books() == before
    assert Coupon.objects.count() == 1


@pytest.mark.parametrize("permission", ["adjust_points", "change_standing", "give_coupon"])
def test_who_may_correct_members_may_look_at_them_and_sees_their_own_button(rows, permission):
    client = signed_in(staff("carol", permission))
    page = client.get(url_of("account_change", rows)).content.decode()
    assert (url_of("account_adjust", rows) in page) == (permission == "adjust_points")
    assert (url_of("account_set_tier", rows) in page) == (permission == "change_standing")
    assert (url_of("account_give_coupon", rows) in page) == (permission == "give_coupon")
    assert url_of("entry_change", rows) not in page


def test_staff_who_may_only_look_see_no_buttons(rows):
    page = signed_in(staff("carol", "view_account")).get(url_of("account_change", rows))
    assert url_of("account_adjust", rows) not in page.content.decode()
    assert url_of("account_set_tier", rows) not in page.content.decode()


def test_staff_who_may_only_look_change_no_terms(rows):
    client = signed_in(staff("carol", "view_programme", "view_tier"))
    for page in ("programme_change", "tier_change"):
        assert client.get(url_of(page, rows)).status_code == 200
        assert client.post(url_of(page, rows), {"name_0": "Mine"}).status_code == 403
    assert [str(rows[name].__class__.objects.get().name) for name in ("programme", "tier")] == [
        "Larkfield Points",
        "Gold",
    ]
