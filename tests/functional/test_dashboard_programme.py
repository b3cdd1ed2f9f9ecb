"""Staff run the programme in the dashboard: tiers, messages, settings, and what needs attention."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import override

from oscar_loyalty.flows import audit_kept, messages_set_up
from oscar_loyalty.models import (
    Account,
    AuditReport,
    Message,
    MessageKind,
    MessageLimits,
    Programme,
    Tier,
    TierBenefit,
)
from tests import coupons, world
from tests.functional.desk import owner, sentences, signed_in, staff
from tests.functional.forms import form_with
from tests.functional.reading import listed
from tests.mailing import post, switch_on

pytestmark = pytest.mark.django_db

HOME = "/dashboard/loyalty/"


@pytest.fixture
def manager(programme):
    manager = staff(
        "manager", "view_account", "change_programme", "retry_message", "export_members"
    )
    world.forget_membership(manager)
    return manager


@pytest.fixture
def read(django_app, manager):
    return lambda page: django_app.get(f"{HOME}{page}", user=manager)


# ---------------------------------------------------------------- overview


def test_the_overview_has_the_figures_of_today(ladder, read):
    alice = world.customer("alice")
    world.place(alice, "300.00")
    boxes = listed(read(""), ".loyalty-boxes li")
    assert boxes[:3] == [
        "Members 1",
        "Points that members have 300 worth £3",
        "Earned in the last 30 days 300 worth £3",
    ]
    assert boxes[5] == "Messages waiting 0 0 given up"


def test_what_needs_attention_leads_to_where_it_is_mended(read, settings):
    settings.SILENCED_SYSTEM_CHECKS = ["oscar_loyalty.W003"]
    account = world.member("dora")
    audit_kept.run(at=timezone.now())
    assert "Nothing: all is well." in sentences(read(""))
    message = post(account, "thank-you", at=timezone.now() - timedelta(hours=2))
    Message.objects.create(
        account=account,
        kind="thank-you",
        key="x",
        marketing=False,
        planned_at=timezone.now(),
        due_at=timezone.now(),
        state="failed",
        settled_at=timezone.now(),
    )
    Account.objects.filter(pk=account.pk).update(balance=-7)
    Programme.objects.update(active=False)
    AuditReport.objects.update(found=2, finished_at=timezone.now() - timedelta(days=3))
    settings.OSCAR_DASHBOARD_NAVIGATION = settings.OSCAR_DASHBOARD_NAVIGATION[:-1]
    cache.clear()
    page = read("")
    told = {
        " ".join(link.get_text().split()): link["href"]
        for link in page.html.select("[aria-labelledby=loyalty-concerns] li a")
    }
    assert told.pop(next(text for text in told if text.startswith("The books were last"))) == (
        f"{HOME}audit/"
    )
    assert told == {
        "The programme is switched off: orders earn nothing.": f"{HOME}settings/",
        "1 message was given up.": f"{HOME}messages/?state=failed",
        "1 message has been due for more than an hour: do the due jobs run?": (
            f"{HOME}messages/?state=waiting"
        ),
        "1 member owes points.": f"{HOME}members/?segment=debt",
        "The audit of the books found 2 faults.": f"{HOME}audit/",
    }
    assert "oscar_loyalty.W009" in sentences(page)
    assert message.state == "waiting"


def test_the_overview_never_audits_and_costs_the_same_for_many(read, manager, queries):
    client = signed_in(manager)
    client.get(HOME)
    few = queries(lambda: client.get(HOME))
    for number in range(5):
        world.place(world.customer(f"c{number}"), "10.00")
    assert len(queries(lambda: client.get(HOME))) == len(few)
    assert not AuditReport.objects.exists()


def test_staff_ask_for_an_audit_and_the_due_jobs_make_it(read, manager):
    account = world.member("dora")
    audit_kept.run(at=timezone.now())
    Account.objects.filter(pk=account.pk).update(balance=5)
    assert audit_kept.run(at=timezone.now()) == 0
    assert "The books add up." in sentences(read("audit/"))
    client = signed_in(manager)
    assert client.get(f"{HOME}audit/ask/").status_code == 405
    client.post(f"{HOME}audit/ask/")
    assert "The next due jobs audit the books again." in sentences(read("audit/"))
    assert audit_kept.run(at=timezone.now()) > 0
    page = read("audit/")
    assert page.html.select_one(f"td a[href='{HOME}members/{account.pk}/']")


# ---------------------------------------------------------------- tiers


def test_a_tier_is_changed_with_its_benefits(ladder, read):
    silver = ladder[0]
    form = form_with(read(f"tiers/{silver.pk}/"), "threshold")
    form["threshold"] = "150"
    form["benefits-1-kind"] = "free-shipping"
    form.submit().follow()
    silver.refresh_from_db()
    assert silver.threshold == Decimal(150)
    assert sorted(silver.benefits.values_list("kind", flat=True)) == ["free-shipping", "multiplier"]


def test_a_tier_that_would_break_the_ladder_is_refused_whole(ladder, read):
    silver = ladder[0]
    form = form_with(read(f"tiers/{silver.pk}/"), "threshold")
    form["threshold"] = "400"
    form["benefits-1-kind"] = "free-shipping"
    refused = form.submit()
    assert refused.status_code == 200
    assert "write a threshold lower than 300.00" in sentences(refused)
    form["threshold"] = "150"
    form["benefits-1-kind"] = "multiplier"
    form["benefits-1-value"] = "3"
    assert "A tier has one multiplier." in sentences(form.submit())
    silver.refresh_from_db()
    assert (silver.threshold, TierBenefit.objects.count()) == (Decimal(100), 2)


def test_a_tier_is_added(read, programme):
    form = form_with(read("tiers/add/"), "threshold")
    form["name_0"], form["rank"], form["threshold"] = "Bronze", "1", "10"
    form.submit().follow()
    assert [str(tier) for tier in Tier.objects.all()] == ["Bronze"]
    assert "Bronze" in sentences(read("tiers/"))


# ---------------------------------------------------------------- messages and coupons


def test_messages_are_filtered_and_sent_again(read, manager):
    account = world.member("dora")
    message = post(account, "thank-you")
    Message.objects.update(state="failed", settled_at=timezone.now(), outcome="OSError")
    assert "dora" in sentences(read("messages/?state=failed"))
    assert "There is no such message." in sentences(read("messages/?state=sent"))
    page = read(f"messages/{message.pk}/")
    done = next(form for form in page.forms.values() if "retry" in form.action).submit().follow()
    assert "The message will be sent again." in sentences(done)
    message.refresh_from_db()
    assert message.state == "waiting"
    again = signed_in(manager).post(f"{HOME}messages/{message.pk}/retry/", follow=True)
    assert "Only a message that was given up can be sent again." in again.content.decode()


def test_all_that_the_filters_find_is_sent_again(read):
    account = world.member("dora")
    for kind, key in (("thank-you", "1"), ("thank-you", "2"), ("birthday", "3")):
        post(account, kind, key=key)
    Message.objects.update(state="failed", settled_at=timezone.now(), outcome="OSError")
    assert "Send all of these again" not in sentences(read("messages/"))
    page = read("messages/?state=failed&kind=thank-you")
    form = next(form for form in page.forms.values() if form.action.endswith("retry/"))
    assert "2 messages will be sent again." in sentences(form.submit().follow())
    states = dict(Message.objects.values_list("key", "state"))
    assert states == {
        "thank-you:1": "waiting",
        "thank-you:2": "waiting",
        "birthday:3": "failed",
    }


def test_what_makes_no_sense_sends_nothing_again(manager):
    post(world.member("dora"), "thank-you")
    Message.objects.update(state="failed", settled_at=timezone.now(), outcome="OSError")
    client = signed_in(manager)
    assert client.post(f"{HOME}messages/retry/", {"state": "x"}).status_code == 302
    assert Message.objects.get().state == "failed"


def test_an_occasion_is_added_and_listed_with_its_next_dates(read):
    form = form_with(read("messages/occasions/add/"), "what")
    form["name_0"], form["what"], form["month"], form["day"] = "Spring", "fixed", "3", "20"
    done = form.submit().follow()
    assert "Spring" in sentences(done)
    assert "March 20, " in sentences(done)


@pytest.mark.parametrize(
    ("page", "field", "value"),
    [("reviews", "points", 25), ("win-back", "least_days", 45), ("surprises", "budget", 100)],
)
def test_settings_beside_the_programme_are_changed(read, page, field, value):
    form = form_with(read(f"settings/{page}/"), field)
    form[field] = str(value)
    if page == "surprises":
        form["chance"], form["gives"], form["value"] = "5", "points", "50"
    saved = form.submit().follow()
    assert Decimal(form_with(saved, field)[field].value) == value
    form[field] = "-1"
    assert form.submit().status_code == 200
    assert Decimal(form_with(read(f"settings/{page}/"), field)[field].value) == value


def test_a_kind_is_switched_on(read):
    messages_set_up.run()
    kind = MessageKind.objects.get(code="birthday")
    form = form_with(read(f"messages/kinds/{kind.pk}/"), "active")
    form["active"], form["gives"], form["value"] = True, "percentage", "200"
    refused = form.submit()
    assert refused.status_code == 200
    kind.refresh_from_db()
    assert not kind.active
    form["value"] = "10"
    form.submit().follow()
    kind.refresh_from_db()
    assert (kind.active, kind.gives, kind.value) == (True, "percentage", Decimal(10))
    assert "Yes" in sentences(read("messages/kinds/"))


def test_limits_are_changed(read):
    MessageLimits.objects.create()
    form = form_with(read("messages/limits/"), "weekly")
    form["weekly"], form["quiet_from"] = "3", "22:30"
    form.submit().follow()
    limits = MessageLimits.objects.get()
    assert (limits.weekly, limits.quiet_from.hour) == (3, 22)


def test_texts_are_edited_by_who_may_do_that_and_nothing_else(programme, django_app):
    switch_on("thank-you")
    messages_set_up.run()
    editor = staff("editor", "view_account", "edit_texts")
    listed_texts = django_app.get(f"{HOME}messages/texts/", user=editor)
    text = listed_texts.click(href="LOYALTY_THANK_YOU_EN")
    assert text.status_code == 200
    looker = staff("looker", "edit_texts")
    assert signed_in(looker).get(text.request.path).status_code == 403
    assert signed_in(editor).get(f"{HOME}settings/").status_code == 403


@pytest.mark.parametrize(("state", "expected"), [("", 3), ("open", 1), ("used", 1), ("over", 1)])
def test_coupons_are_listed_by_what_became_of_them(programme, manager, state, expected):
    alice = world.customer("alice")
    open_one, used, over = (coupons.give(alice, source=name) for name in ("a", "b", "c"))
    now = timezone.now()
    type(used).objects.filter(pk=used.pk).update(order_number="1", claimed_at=now)
    type(over).objects.filter(pk=over.pk).update(closed_at=now)
    page = signed_in(manager).get(f"{HOME}coupons/", {"state": state})
    assert len(page.context["table"].rows) == expected
    if state == "open":
        assert open_one.voucher.code in page.content.decode()


# ---------------------------------------------------------------- settings


def test_the_programme_says_itself_in_plain_words(ladder, read):
    Programme.objects.update(expiry="after-earning", expiry_months=12)
    said = listed(read("settings/"), "[aria-labelledby=loyalty-summary] li")
    assert said[0] == "1 point for every £1; 100 points are £1 off."
    assert "Points expire 12 months after they were earned." in said
    assert said[-3:] == [
        "Silver from £100.",
        "Gold from £300.",
        "Orders of the last 12 months count.",
    ]


def test_terms_are_changed_and_impossible_ones_refused(programme, read):
    form = form_with(read("settings/"), "earn_points")
    form.submit().follow()
    untouched = Programme.objects.values().get()
    assert untouched["earn_points"] == 1
    assert untouched["starts_at"] == programme.starts_at
    form["earn_points"] = "500"
    refused = form.submit()
    assert "gets back more than they pay" in sentences(refused)
    assert Programme.objects.values().get() == untouched
    form["earn_points"] = "2"
    form.submit().follow()
    assert Programme.objects.get().earn_points == 2


def test_without_a_programme_the_page_makes_one(db, django_app):
    page = django_app.get(f"{HOME}settings/", user=owner())
    form = form_with(page, "earn_points")
    form["name_0"] = "Larkfield Points"
    form.submit().follow()
    assert str(Programme.objects.get()) == "Larkfield Points"


@pytest.mark.parametrize("page", ["tiers/", "coupons/", "messages/", "messages/kinds/"])
def test_lists_cost_the_same_however_long(ladder, manager, queries, page):
    messages_set_up.run()
    client = signed_in(manager)

    def grow(first, last):
        for number in range(first, last):
            user = world.customer(f"c{number}")
            coupons.give(user, source=str(number))
            post(user.loyalty_account, "thank-you", key=str(number))
            world.tier(f"T{number}", 10 + number, str(1000 + number), multiplier="1.20")

    grow(0, 1)
    client.get(f"{HOME}{page}")
    few = queries(lambda: client.get(f"{HOME}{page}"))
    few_as_csv = queries(lambda: list(client.get(f"{HOME}{page}csv/").streaming_content))
    grow(1, 6)
    assert len(queries(lambda: client.get(f"{HOME}{page}"))) == len(few)
    many_as_csv = queries(lambda: list(client.get(f"{HOME}{page}csv/").streaming_content))
    assert len(many_as_csv) == len(few_as_csv)


@pytest.mark.parametrize("language", ["ar", "pl"])
def test_pages_run_in_the_readers_direction(ladder, manager, language, client):
    client.force_login(manager)
    client.cookies["django_language"] = language
    page = client.get(f"{HOME}tiers/").content.decode()
    direction = "rtl" if language == "ar" else "ltr"
    assert f'lang="{language}" dir="{direction}"' in page
    with override(language):
        assert str(ladder[0]) in page
