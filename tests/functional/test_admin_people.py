"""Staff merge members and keep them from spending; what is refused changes nothing."""

import re

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty import api
from oscar_loyalty.flows import member_erased
from oscar_loyalty.models import Account, Entry, Hold, MemberEvent
from tests import comebacks, world
from tests.functional.desk import books, owner, sentences, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]


@pytest.fixture
def carol(programme):
    return staff("carol", "view_account", "view_entry", "merge_members", "block_members")


@pytest.fixture
def ann(programme):
    """100 points, and a name to be called by."""
    user = world.customer("ann")
    user.first_name, user.last_name = "Ann", "Archer"
    user.save()
    world.place(user, "100.00", number="1")
    return Account.objects.get(user=user)


@pytest.fixture
def anna(programme):
    """40 points."""
    user = world.customer("anna")
    user.first_name, user.last_name = "Anna", "Archer"
    user.save()
    world.place(user, "40.00", number="2")
    return Account.objects.get(user=user)


@pytest.fixture
def desk(django_app, carol):
    """The forms as Carol sees them."""

    def open_form(account, act):
        url = reverse(f"admin:oscar_loyalty_account_{act}", args=[account.pk])
        return django_app.get(url, user=carol)

    return open_form


def send(page, **fields):
    form = next(form for form in page.forms.values() if "note" in form.fields)
    for name, value in fields.items():
        form[name] = value
    return form.submit()


def member_page(app, account, user):
    return app.get(reverse("admin:oscar_loyalty_account_change", args=[account.pk]), user=user)


def acts_on(page):
    return [link.get_text() for link in page.html.select(".object-tools a")]


class TestMerging:
    def test_moves_everything_and_says_so(self, django_app, desk, carol, ann, anna):
        form = desk(ann, "merge")
        assert "All it has, 100 points with their dates" in sentences(form)
        page = send(form, other=" ANNA@example.com ", note="One person").follow()
        assert "Ann Archer was merged into Anna Archer, with 100 points." in sentences(page)
        anna.refresh_from_db()
        assert anna.balance == 140
        assert "This account was merged into another one and is closed" in sentences(page)
        assert acts_on(page) == ["History"]
        link = reverse("admin:oscar_loyalty_account_change", args=[anna.pk])
        assert page.html.select_one(f".field-now_at a[href='{link}']").get_text() == "Anna Archer"
        other = sentences(member_page(django_app, anna, carol))
        assert "Accounts merged into this one Ann Archer" in other
        assert "Another member was merged into this one One person carol" in other

    def test_the_other_is_named_by_member_number_too(self, desk, ann, anna):
        send(desk(ann, "merge"), other=str(anna.public_id), note="One person")
        anna.refresh_from_db()
        assert anna.balance == 140

    @pytest.mark.parametrize(
        ("other", "note", "sentence"),
        [
            ("", "x", "This field is required."),
            ("anna@example.com", "", "This field is required."),
            ("anna@example.com", "...", "Write a note that says why."),
            ("nobody@example.com", "x", "There is no member with this e-mail address or number."),
            ("ann@example.com", "x", "A member cannot be merged with themselves."),
            ("carol@example.com", "x", "You cannot merge your own account; ask a colleague."),
            ("\u0664" * 300, "x", "Ensure this value has at most 254 characters (it has 300)."),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, desk, ann, anna, other, note, sentence):
        before = books()
        answer = send(desk(ann, "merge"), other=other, note=note)
        assert answer.status_code == 200
        assert sentence in sentences(answer)
        assert (books(), MemberEvent.objects.exists()) == (before, False)

    def test_one_address_of_several_is_refused(self, desk, ann, anna):
        twin = world.customer("twin")
        type(twin).objects.filter(pk=twin.pk).update(email="anna@example.com")
        answer = send(desk(ann, "merge"), other="anna@example.com", note="x")
        assert "Several members have this e-mail address; write the member number." in sentences(
            answer
        )

    def test_one_that_was_merged_is_refused(self, desk, ann, anna):
        bob = Account.objects.get(user=world.customer("bob"))
        send(desk(ann, "merge"), other="anna@example.com", note="x")
        for gone, other, sentence in (
            (ann, bob, "This account was merged into another one before."),
            (bob, ann, "choose the one that it was merged into."),
        ):
            answer = send(desk(gone, "merge"), other=str(other.public_id), note="x")
            assert sentence in sentences(answer)

    def test_the_shopper_sees_where_the_points_come_from(self, django_app, desk, ann, anna):
        send(desk(ann, "merge"), other="anna@example.com", note="One person")
        django_app.reset()
        for user in (ann.user, anna.user):
            page = django_app.get(reverse("oscar_loyalty:account"), user=user)
            assert "Points from your other account" in sentences(page)
            assert "One person" not in page.text

    def test_a_debt_is_named(self, desk, ann, anna):
        api.adjust(ann.user, -100, reason="other", note="-", actor=anna.user)
        order = ann.user.orders.get()
        comebacks.put(order, "Cancelled")
        api.recalculate(order)
        page = send(desk(ann, "merge"), other="anna@example.com", note="x").follow()
        said = "Ann Archer was merged into Anna Archer, who now owes 100 points more."
        assert said in sentences(page)


class TestBlocking:
    def test_keeps_from_spending_and_is_lifted(self, django_app, desk, carol, ann):
        world.hold(ann.user, 30, basket_id=999_001)
        page = send(desk(ann, "block"), note="Chargebacks").follow()
        assert "Ann Archer cannot spend points any more, but still earns them." in sentences(page)
        assert acts_on(page) == ["Allow spending again", "Merge into another member", "History"]
        assert "No, blocked since" in sentences(page)
        assert "Blocked from spending Chargebacks carol" in sentences(page)
        assert Hold.objects.get().state == "released"
        page = send(desk(ann, "unblock"), note="All paid").follow()
        assert "Ann Archer may spend points again." in sentences(page)
        assert acts_on(page)[0] == "Block from spending"
        assert "Spending allowed again All paid carol" in sentences(page)

    def test_twice_changes_nothing(self, desk, ann):
        form = desk(ann, "block")
        send(form, note="Chargebacks")
        page = send(form, note="Chargebacks").follow()
        assert "The member is blocked already; nothing was changed." in sentences(page)
        lifting = desk(ann, "unblock")
        send(lifting, note="Paid")
        page = send(lifting, note="Paid").follow()
        assert "The member is not blocked; nothing was changed." in sentences(page)
        assert MemberEvent.objects.count() == 2

    @pytest.mark.parametrize("act", ["block", "unblock"])
    def test_is_refused_without_a_note_and_of_oneself(self, desk, carol, ann, act):
        assert "This field is required." in sentences(send(desk(ann, act), note=""))
        own = Account.objects.get(user=carol)
        answer = send(desk(own, act), note="Me")
        assert "You cannot block or unblock yourself; ask a colleague." in sentences(answer)
        assert not MemberEvent.objects.exists()

    def test_a_pause_is_shown(self, django_app, carol, ann):
        ann.user.set_password("another-secret")
        ann.user.save()
        page = member_page(django_app, ann, carol)
        assert "address or password has changed" in sentences(page)
        assert "Password changed" in sentences(page)

    def test_a_closed_account_is_refused(self, desk, ann, anna):
        send(desk(ann, "merge"), other="anna@example.com", note="x")
        answer = send(desk(ann, "block"), note="x")
        assert "This account was merged into another one; change that one instead." in sentences(
            answer
        )


class TestForgetting:
    """Of a member whom staff have dealt with in every way nothing is left that names them."""

    @pytest.fixture
    def boss(self, programme):
        return owner("boss")

    @pytest.fixture
    def quinta(self, programme):
        """Known by name and by two addresses, one of which was somebody else's."""
        user = world.customer("quinta")
        user.first_name, user.last_name = "Quinta", "Quince"
        user.save()
        world.place(user, "100.00", number="1")
        user.email = "quinta.quince@example.com"
        user.save()
        return Account.objects.get(user=user)

    @pytest.fixture
    def dealt_with(self, django_app, boss, quinta):
        """The logged sentences, newest first."""
        other = Account.objects.get(user=world.customer("quincey"))
        silver = world.tier("Silver", 1, "500.00")
        for account, act, fields in (
            (quinta, "adjust", {"points": "7", "reason": "goodwill"}),
            (quinta, "set_tier", {"tier": str(silver.pk)}),
            (quinta, "set_tier", {"tier": ""}),
            (
                quinta,
                "give_coupon",
                {"kind": "amount", "value": "5", "last_day": "2030-01-01", "reason": "apology"},
            ),
            (quinta, "block", {}),
            (quinta, "unblock", {}),
            (other, "merge", {"other": "quinta.quince@example.com"}),
        ):
            url = reverse(f"admin:oscar_loyalty_account_{act}", args=[account.pk])
            (form,) = (
                form for form in django_app.get(url, user=boss).forms.values() if not form.id
            )
            if "note" in form.fields:
                form["note"] = "Quinta called"
            for name, value in fields.items():
                form[name] = value
            answer = form.submit()
            assert answer.status_code == 302, sentences(answer)
        return [row.change_message for row in LogEntry.objects.order_by("-pk")]

    def test_the_log_tells_members_by_number(self, dealt_with, quinta):
        number = quinta.public_id
        assert dealt_with[1:3] == [
            f"{number} may spend points again.",
            f"{number} cannot spend points any more, but still earns them.",
        ]
        assert len(dealt_with) == 7
        assert not [line for line in dealt_with if str(number) not in line]
        assert set(LogEntry.objects.values_list("object_repr", flat=True)[1:]) == {str(number)}
        assert named_in(LogEntry) == []

    @pytest.mark.parametrize("how", ["erased", "deleted"])
    def test_no_table_of_ours_names_who_was_forgotten(self, dealt_with, boss, quinta, how):
        # As the admin wrote it before it told members by number, or about pages of its own.
        LogEntry.objects.update(object_repr="quinta", change_message="quinta.quince@example.com")
        assert named_in(LogEntry, MemberEvent, Entry) == [LogEntry, MemberEvent, Entry]
        if how == "erased":
            member_erased.run(quinta.pk, at=timezone.now())
        else:
            quinta.user.delete()
        assert named_in(*WRITTEN) == []
        left = LogEntry.objects.filter(object_id=str(quinta.pk), user=boss)
        assert set(left.values_list("object_repr", "change_message")) == {(str(quinta.pk), "")}


#: Every table that we write into.
WRITTEN = (
    *apps.get_app_config("oscar_loyalty").get_models(),
    LogEntry,
    *(get_model("voucher", name) for name in ("Voucher", "VoucherSet", "VoucherApplication")),
    *(get_model("offer", name) for name in ("ConditionalOffer", "Condition", "Benefit", "Range")),
)


def named_in(*models):
    """Those of the tables in which a name or an address of Quinta's is left."""
    return [
        model
        for model in models
        if re.search("quin", repr(list(model._base_manager.values())), re.IGNORECASE)
    ]
