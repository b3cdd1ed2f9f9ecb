"""Staff find members in the dashboard, read all that happened to them, and act on them."""

import json
import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from oscar_loyalty import api
from oscar_loyalty.dashboard import timeline
from oscar_loyalty.flows import members_missed
from oscar_loyalty.models import (
    Account,
    Consent,
    Coupon,
    Entry,
    Message,
    Programme,
    Rhythm,
    ShopRhythm,
    TierChange,
    WinBackSettings,
)
from oscar_loyalty.program.terms import queries as terms_queries
from oscar_loyalty.program.winback import policy
from tests import birthdays, coupons, world
from tests.functional.desk import owner, sentences, signed_in, staff
from tests.functional.odd_strings import CORPUS
from tests.functional.reading import listed
from tests.sampling import some

pytestmark = pytest.mark.django_db

MEMBERS = "/dashboard/loyalty/members/"


@pytest.fixture
def carol(programme):
    carol = staff(
        "carol",
        "view_account",
        "adjust_points",
        "block_members",
        "change_standing",
        "erase_members",
        "export_members",
        "give_coupon",
        "merge_members",
    )
    world.forget_membership(carol)
    return carol


def page_of(account, act=""):
    return f"{MEMBERS}{account.pk}/{act}"


def found(user, **chosen):
    """The user names that the list shows for these filters."""
    page = signed_in(user).get(MEMBERS, chosen)
    assert page.status_code == 200
    return [row.record.user.username for row in page.context["table"].rows]


# ---------------------------------------------------------------- segments


def test_debt_blocks_tiers_and_days(ladder, carol):
    alice, bob, dora = (world.member(name) for name in ("alice", "bob", "dora"))
    world.place(alice.user, "300.00")
    Account.objects.filter(pk=bob.pk).update(balance=-5)
    Account.objects.filter(pk=dora.pk).update(
        blocked_at=timezone.now(), joined_at=timezone.now() - timedelta(days=40)
    )
    assert found(carol) == ["dora", "bob", "alice"]
    assert found(carol, segment="debt") == ["bob"]
    assert found(carol, segment="blocked") == ["dora"]
    assert found(carol, tier=ladder[1].pk) == ["alice"]
    assert found(carol, tier="none") == ["dora", "bob"]
    since = (timezone.now() - timedelta(days=10)).date()
    assert found(carol, since=since) == ["bob", "alice"]
    assert found(carol, since=since, segment="blocked") == []


@pytest.mark.parametrize(
    "chosen",
    [{"segment": "x"}, {"tier": "0"}, {"since": "0001-01-01"}, {"since": "yesterday"}],
)
def test_what_makes_no_sense_finds_nobody(carol, bob, chosen):
    assert found(carol, **chosen) == []


def test_birthdays_of_this_month(carol):
    birthdays.celebrated()
    today = timezone.localdate()
    other = today.month % 12 + 1
    birthdays.enter(world.member("alice"), today.month * 100 + 15, on=today)
    birthdays.enter(world.member("bob"), other * 100 + 1, on=today)
    world.member("dora")
    assert found(carol, segment="birthday") == ["alice"]


def test_points_that_expire_within_a_month(carol):
    Programme.objects.update(expiry="after-earning", expiry_months=12, expiry_tightened_at=None)
    now = timezone.now()
    for name, days in (("alice", 350), ("bob", 100)):
        world.place(world.customer(name), "50.00", at=now - timedelta(days=days))
    assert found(carol, segment="expiring") == ["alice"]
    Programme.objects.update(active=False)
    assert found(carol, segment="expiring") == []


def test_who_is_late_is_whom_the_policy_calls_late(programme):
    """A hundred rhythms, as the database and the policy see them."""
    WinBackSettings.objects.create(least_days=20)
    ShopRhythm.objects.create(newcomers_gap_days=45)
    terms, now, chance = terms_queries.written(), timezone.now(), random.Random(5)
    expected = set()
    for _number in range(100):
        account = Account.objects.create(joined_at=now)
        days, last = chance.randint(1, 6), now - timedelta(days=chance.randint(0, 90))
        gap = chance.randint(1, 70) if days > 1 else None
        rhythm = policy.Rhythm(terms.local_date(last), days, gap, gap)
        Rhythm.objects.create(
            account=account,
            last_order_at=last,
            days=days,
            first_gap_days=gap,
            usual_gap_days=gap,
            late_on=rhythm.late_on,
            seen_to=chance.random() < 0.5,
        )
        if policy.late_on(rhythm, policy.Habits(45, 20)) <= terms.local_date(now):
            expected.add(account.pk)
    late = members_missed.late_now(terms, now)
    assert set(late.values_list("account_id", flat=True)) == expected
    assert 20 < len(expected) < 80


@pytest.mark.parametrize("text", some(CORPUS, one_in=20))
def test_whatever_is_searched_for_is_answered(programme, text):
    page = signed_in(owner()).get(MEMBERS, {"q": text, "before": text, "segment": text})
    assert page.status_code == 200


# ---------------------------------------------------------------- one member


@pytest.fixture
def alice(ladder):
    """Gold, with a coupon, a message, a wish, and a block that was lifted."""
    user = world.customer("alice")
    world.place(user, "300.00", number="200001")
    return user.loyalty_account


def test_the_page_says_what_there_is(alice, carol, django_app):
    coupon = coupons.give(alice.user)
    api.adjust(alice.user, -50, reason="mistake", note="Posted twice", actor=carol)
    page = django_app.get(page_of(alice), user=carol)
    said = sentences(page)
    assert "250 points, worth £2.50" in said
    assert "Gold" in said
    assert alice.user.email in said
    assert coupon.voucher.code in said
    rows = listed(page, "tbody tr")
    assert len(rows) == 4
    assert any("Correction" in row and "Posted twice" in row and "carol" in row for row in rows)
    assert page.html.select_one("a[href='/dashboard/orders/200001/']")


def test_the_timeline_is_paged_by_moment_source_and_key(alice, carol, monkeypatch):
    """Many things of one moment, which is what one order causes: none is lost or told twice."""
    at = timezone.now()
    for number in range(5):
        Consent.objects.create(
            account=alice, about="marketing", wanted=True, source="shop", given_at=at
        )
        Message.objects.create(
            account=alice,
            kind="thank-you",
            key=f"m{number}",
            marketing=False,
            planned_at=at,
            due_at=at,
        )
    alice.refresh_from_db()
    whole = timeline.page(alice).rows
    assert len(whole) == 12
    monkeypatch.setattr(timeline, "PAGE", 3)
    pieces, before = [], None
    while True:
        piece = timeline.page(alice, before=before)
        pieces += piece.rows
        if not piece.older:
            break
        before = timeline.place(piece.older)
    assert pieces == list(whole)
    only = timeline.page(alice, only="tiers")
    assert [row.about for row in only.rows] == ["Tier"]


@pytest.mark.parametrize(
    "asked",
    ["", "x", "2026-01-01", "2026-01-01T00:00:00~1~1", "0001-01-01T00:00:00+00:00~1~1", "~~"],
)
def test_a_place_that_is_none_shows_the_newest(alice, carol, asked):
    page = signed_in(carol).get(page_of(alice), {"before": asked, "show": asked})
    assert page.status_code == 200
    assert page.context["is_newest"]
    assert len(page.context["timeline"].rows) == 2


def test_the_page_costs_the_same_however_much_happened(alice, carol, queries):
    client = signed_in(carol)
    client.get(page_of(alice))
    few = queries(lambda: client.get(page_of(alice)))
    for number in range(10):
        api.earn(alice.user, 5, action="survey", reference=str(number))
        coupons.give(alice.user, source=str(number))
    assert len(queries(lambda: client.get(page_of(alice)))) == len(few)


def test_what_people_are_called_is_no_markup(carol, programme):
    """Names, notes and titles of the kind that would run in a page that trusts them."""
    evil = "<script>alert(1)</script>"
    user = world.customer("mallory")
    user.first_name = user.last_name = evil
    user.save()
    account = user.loyalty_account
    api.adjust(user, 5, reason=evil, note=evil, actor=carol)
    coupons.give(user)
    Message.objects.create(
        account=account,
        kind="thank-you",
        key=evil,
        marketing=False,
        planned_at=timezone.now(),
        due_at=timezone.now(),
        outcome=evil,
        order_number=evil,
    )
    client = signed_in(owner())
    message = Message.objects.get().pk
    for address in (
        MEMBERS,
        page_of(account),
        page_of(account, "block/"),
        "/dashboard/loyalty/coupons/",
        "/dashboard/loyalty/messages/",
        f"/dashboard/loyalty/messages/{message}/",
        f"/dashboard/users/{user.pk}/",
    ):
        page = client.get(address).content.decode()
        assert evil not in page, address
    assert (
        evil
        not in client.post(page_of(account, "block/"), {"note": evil}, follow=True).content.decode()
    )


def test_nobody_is_found_where_nobody_is(carol):
    assert signed_in(carol).get(f"{MEMBERS}999999/").status_code == 404
    assert signed_in(carol).get(f"{MEMBERS}999999/adjust/").status_code == 404


def test_staff_adjust_points_here_as_in_the_admin(alice, carol, django_app):
    page = django_app.get(page_of(alice, "adjust/"), user=carol)
    form = next(form for form in page.forms.values() if "points" in form.fields)
    form["points"], form["reason"], form["note"] = "-400", "mistake", "Too many"
    refused = form.submit()
    assert refused.status_code == 200
    assert "300" in sentences(refused)
    assert Entry.objects.filter(kind="adj").count() == 0
    form["points"] = "-100"
    done = form.submit().follow()
    assert "The balance of alice is now 200 points." in sentences(done)
    form.submit()
    assert [entry.points for entry in Entry.objects.filter(kind="adj")] == [-100]


def test_staff_set_tiers_give_coupons_and_block(alice, carol, ladder):
    client = signed_in(carol)
    last_day = (timezone.localdate() + timedelta(days=30)).isoformat()
    coupon = {
        "kind": "amount",
        "value": "5",
        "last_day": last_day,
        "reason": "goodwill",
        "note": "Late",
        "source": "6f1d1c0e-9a55-4c4e-8a5e-0d5a1b7a3c11",
    }
    assert client.post(page_of(alice, "set-tier/"), {"tier": ladder[0].pk}).status_code == 302
    assert client.post(page_of(alice, "give-coupon/"), coupon).status_code == 302
    assert client.post(page_of(alice, "block/"), {"note": "Fraud"}).status_code == 302
    alice.refresh_from_db()
    assert (alice.standing.tier, alice.blocked_at is not None) == (ladder[0], True)
    assert Coupon.objects.get().gives.value == Decimal(5)
    assert TierChange.objects.filter(reason="staff").count() == 1


def test_nobody_acts_on_themselves(carol, programme):
    frank = staff("frank", "view_account", "adjust_points", "erase_members")
    account = frank.loyalty_account
    client = signed_in(frank)
    assert client.get(page_of(account)).context["buttons"] == []
    fields = {
        "points": "150",
        "reason": "goodwill",
        "note": "For me.",
        "source": "6f1d1c0e-9a55-4c4e-8a5e-0d5a1b7a3c11",
    }
    assert client.post(page_of(account, "adjust/"), fields).status_code == 200
    assert client.post(page_of(account, "erase/"), {"address": frank.email}).status_code == 200
    account.refresh_from_db()
    assert (account.balance, account.user_id) == (0, frank.pk)


def test_a_member_is_erased_by_their_address_written_out(alice, carol, django_app):
    client = signed_in(carol)
    refused = client.post(page_of(alice, "erase/"), {"address": "bob@example.com"})
    assert "This is not the address of this member." in refused.content.decode()
    alice.refresh_from_db()
    assert (alice.balance, alice.user_id is None) == (300, False)
    done = client.post(page_of(alice, "erase/"), {"address": "Alice@example.com "}, follow=True)
    assert "The member is erased, and 300 points written off." in done.content.decode()
    alice.refresh_from_db()
    assert (alice.balance, alice.user_id) == (0, None)
    assert done.context["title"] == "Former customer"


def test_the_file_has_all_that_is_held(alice, carol):
    answer = signed_in(carol).get(page_of(alice, "json/"))
    assert answer["Content-Disposition"].startswith('attachment; filename="member-')
    held = json.loads(answer.content)
    assert [row["points"] for row in held["entries"]] == [300]


def test_the_customers_page_and_the_orders_page_lead_here(alice, carol, django_app):
    looking = owner()
    customer = django_app.get(f"/dashboard/users/{alice.user_id}/", user=looking)
    assert listed(customer, "#loyalty-customer td") == [
        "300 points, Gold. Points, tier and history"
    ]
    order = django_app.get("/dashboard/orders/200001/", user=looking)
    (row,) = listed(order, "#loyalty-earning tr:nth-of-type(2)")
    assert row == "alice 300 300"
    assert order.html.select_one(f"#loyalty-earning a[href='{page_of(alice)}']")


def test_staff_who_may_not_see_members_see_nothing_of_them_there(alice, django_app):
    clerk = staff("clerk")
    # Oscar 4.1 asks for all that may be done with them, even of those who look.
    clerk.user_permissions.set(Permission.objects.filter(codename__regex="_(user|order)$"))
    customer = django_app.get(f"/dashboard/users/{alice.user_id}/", user=clerk)
    assert customer.html.select_one("#loyalty-customer") is None
    order = django_app.get("/dashboard/orders/200001/", user=clerk)
    assert order.html.select_one("#loyalty-earning") is None
