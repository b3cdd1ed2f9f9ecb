"""Who may not spend points for the moment, and why; earning goes on."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import update_last_login
from django.utils import timezone

from oscar_loyalty import api
from oscar_loyalty.errors import NoteMissing, OwnAccount, RedemptionRefused
from oscar_loyalty.flows import (
    accounts_merged,
    payment_begins,
    points_chosen,
    points_spent,
    spending_blocked,
)
from oscar_loyalty.models import Account, Entry, Hold, MemberEvent
from oscar_loyalty.program.ledger import queries as ledger_queries
from oscar_loyalty.program.ledger.policy import Restraint
from oscar_loyalty.program.redemption.policy import Spending
from tests import world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]


@pytest.fixture
def dora(db):
    """A member with 100 points to spend."""
    world.programme(redeemable=True)
    user = world.customer("dora")
    world.place(user, "100.00", number="1")
    return get_user_model().objects.get(pk=user.pk)


@pytest.fixture
def carol(dora):
    return world.customer("carol")


def account(user):
    return Account.objects.get(user=user)


def block(user, actor, **changes):
    terms = {"note": "Chargebacks", "actor_id": actor.pk, "at": timezone.now(), **changes}
    return spending_blocked.run(account(user).pk, **terms)


#: Of no basket that was ordered from.
BASKET = 999_001
#: What a payment is told that ten points pay.
TEN = Spending(10, Decimal("0.10"))


def choose(user, points, basket_id=BASKET):
    points_chosen.run(user.pk, basket_id, points, at=timezone.now())


def happened(user):
    rows = MemberEvent.objects.filter(account__user=user).order_by("pk")
    return list(rows.values_list("kind", "note", "actor", "address"))


def open_holds():
    return list(Hold.objects.filter(state="open").values_list("points", flat=True))


class TestBlock:
    def test_keeps_from_choosing_points_and_says_so(self, dora, carol):
        assert block(dora, carol)
        with pytest.raises(RedemptionRefused) as refusal:
            choose(dora, 10)
        assert str(refusal.value) == "The shop has blocked your points; please contact us."
        assert open_holds() == []
        assert happened(dora) == [("blocked", "Chargebacks", f"user:{carol.pk}", "")]

    def test_lets_go_what_was_kept(self, dora, carol):
        choose(dora, 10)
        block(dora, carol)
        assert open_holds() == []
        assert account(dora).held == 0

    def test_leaves_what_is_being_paid(self, dora, carol):
        basket = world.basket_with(user=dora)
        choose(dora, 10, basket.pk)
        basket.freeze()
        block(dora, carol)
        assert open_holds() == [10]
        assert points_spent.run(
            account(dora).pk, basket.pk, 10, order_number="2", at=timezone.now()
        )
        assert account(dora).balance == 90

    def test_is_the_last_look_before_money_moves(self, dora, carol):
        choose(dora, 10)
        now = timezone.now()
        assert payment_begins.run(BASKET, TEN, at=now)
        Account.objects.filter(user=dora).update(blocked_at=now)
        assert not payment_begins.run(BASKET, TEN, at=now)

    def test_points_of_a_basket_that_is_being_paid_cannot_be_changed(self, dora):
        basket = world.basket_with(world.product(), user=dora)
        choose(dora, 10, basket.pk)
        basket.freeze()
        with pytest.raises(RedemptionRefused, match="This basket is being paid"):
            choose(dora, 20, basket.pk)
        assert (open_holds(), account(dora).held) == ([10], 10)

    def test_refuses_no_order_that_is_paid_for(self, dora, carol):
        block(dora, carol)
        assert points_spent.run(account(dora).pk, 7, 30, order_number="2", at=timezone.now())
        assert (account(dora).balance, Hold.objects.get().uncovered) == (70, True)

    def test_a_blocked_member_still_earns(self, dora, carol):
        block(dora, carol)
        world.place(dora, "20.00", number="2")
        assert account(dora).balance == 120

    def test_again_changes_nothing(self, dora, carol):
        block(dora, carol)
        since = account(dora).blocked_at
        assert not block(dora, carol, note="Again")
        assert account(dora).blocked_at == since
        assert len(happened(dora)) == 1

    def test_is_lifted_with_a_note(self, dora, carol):
        block(dora, carol)
        terms = {"note": "Paid", "actor_id": carol.pk, "at": timezone.now()}
        assert spending_blocked.lift(account(dora).pk, **terms)
        assert not spending_blocked.lift(account(dora).pk, **terms)
        choose(dora, 10)
        assert open_holds() == [10]
        assert [kind for kind, *_rest in happened(dora)] == ["blocked", "unblocked"]

    @pytest.mark.parametrize("act", [spending_blocked.run, spending_blocked.lift])
    def test_is_refused_without_a_note_or_of_oneself(self, dora, carol, act):
        now = timezone.now()
        with pytest.raises(NoteMissing):
            act(account(dora).pk, note=" ", actor_id=carol.pk, at=now)
        with pytest.raises(OwnAccount, match="You cannot block or unblock yourself"):
            act(account(dora).pk, note="-", actor_id=dora.pk, at=now)
        assert (account(dora).blocked_at, happened(dora)) == (None, [])


class TestPause:
    def test_a_new_password_pauses_spending(self, dora):
        before = timezone.now()
        dora.set_password("another-secret")
        dora.save()
        until = account(dora).paused_until
        assert before < until - timedelta(hours=24) < timezone.now()
        with pytest.raises(RedemptionRefused, match="has just changed"):
            choose(dora, 10)
        assert happened(dora) == [("password-changed", "", "", "dora@example.com")]

    def test_a_new_address_pauses_it_and_the_old_one_is_kept_for_a_notice(self, dora):
        choose(dora, 10)
        dora.email = "thief@example.com"
        dora.save()
        assert happened(dora) == [("email-changed", "", "", "dora@example.com")]
        assert (open_holds(), account(dora).held) == ([], 0)
        assert not payment_begins.run(BASKET, TEN, at=timezone.now())

    def test_ends_by_itself(self, dora):
        dora.set_password("another-secret")
        dora.save(update_fields=["password"])
        until = account(dora).paused_until
        points_chosen.run(dora.pk, BASKET, 10, at=until)
        assert open_holds() == [10]

    def test_lasts_as_long_as_the_shop_says(self, dora, settings):
        settings.OSCAR_LOYALTY_PAUSE_HOURS = 1
        dora.email = "new@example.com"
        dora.save()
        assert account(dora).paused_until < timezone.now() + timedelta(hours=1)

    def test_can_be_switched_off_but_the_change_is_noted(self, dora, settings):
        settings.OSCAR_LOYALTY_PAUSE_HOURS = 0
        choose(dora, 10)
        dora.email = "new@example.com"
        dora.save()
        assert (account(dora).paused_until, open_holds()) == (None, [10])
        assert [kind for kind, *_rest in happened(dora)] == ["email-changed"]

    def test_a_second_change_makes_it_longer(self, dora, settings):
        dora.email = "new@example.com"
        dora.save()
        first = account(dora).paused_until
        settings.OSCAR_LOYALTY_PAUSE_HOURS = 1
        dora.email = "newer@example.com"
        dora.save()
        assert account(dora).paused_until == first
        assert [address for *_rest, address in happened(dora)] == [
            "dora@example.com",
            "new@example.com",
        ]

    def test_a_log_in_changes_nothing_and_asks_nothing(self, dora, django_assert_num_queries):
        with django_assert_num_queries(1):
            update_last_login(None, dora)
        dora.first_name = "Dora"
        dora.save()
        dora.email = "DORA@example.com "
        dora.save()
        assert (account(dora).paused_until, happened(dora)) == (None, [])

    def test_a_newer_hash_of_the_same_password_is_no_change(self, dora, settings):
        settings.PASSWORD_HASHERS = [
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
            "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
        ]
        old = make_password("dora-secret", hasher="pbkdf2_sha1")
        get_user_model().objects.filter(pk=dora.pk).update(password=old)
        assert authenticate(username="dora@example.com", password="dora-secret") == dora
        dora.refresh_from_db()
        assert dora.password != old
        assert happened(dora) == []

    def test_registering_and_customers_who_are_no_members_are_let_be(self, dora):
        erin = world.customer("erin")
        assert happened(erin) == []
        world.forget_membership(erin)
        erin.email = "new@example.com"
        erin.save()
        assert not MemberEvent.objects.exists()

    def test_a_merged_log_in_pauses_the_account_it_leads_to(self, dora, carol):
        erin, at = world.customer("erin"), timezone.now()
        accounts_merged.run(account(erin).pk, account(dora).pk, note="-", actor_id=carol.pk, at=at)
        erin.email = "new@example.com"
        erin.save()
        assert account(dora).paused_until > at
        assert happened(erin)[-1] == ("email-changed", "", "", "erin@example.com")


class TestTheGuard:
    def test_no_failure_of_ours_keeps_anybody_from_changing_their_password(self, dora, monkeypatch):
        def fail(*args, **kwargs):
            raise RuntimeError

        monkeypatch.setattr("oscar_loyalty.flows.credentials_changed.run", fail)
        dora.set_password("another-secret")
        dora.save()
        dora.refresh_from_db()
        assert dora.check_password("another-secret")
        assert account(dora).paused_until is None


def test_neither_keeps_points_from_expiring_or_coming_back(dora, carol):
    block(dora, carol)
    api.recalculate(dora.orders.get())
    assert Entry.objects.filter(account=account(dora)).count() == 1
    assert account(dora).restraint == Restraint(blocked=True)


def test_who_was_merged_is_found_where_they_go_on(dora, carol):
    """By their own number, as a link in a message has it, and by their account."""
    erin = world.customer("erin")
    gone, stays = account(erin), account(dora)
    accounts_merged.run(gone.pk, stays.pk, note="-", actor_id=carol.pk, at=timezone.now())
    for own in (gone, stays):
        public_id = ledger_queries.public_id_of(own.pk)
        assert public_id == own.public_id
        assert ledger_queries.current_of(public_id) == stays.pk
        assert ledger_queries.open_account_of(own.pk) == stays.pk
