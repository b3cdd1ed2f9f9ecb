"""Members are exported and erased; deleted profiles leave nameless books that add up."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from oscar_loyalty import api
from oscar_loyalty.flows import (
    accounts_merged,
    due_jobs,
    member_erased,
    member_exported,
    points_spent,
    spending_blocked,
)
from oscar_loyalty.models import Account, Award, Entry, Hold, Lot, MemberEvent, Tier
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from tests import comebacks, coupons, world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]

#: No database numbers its baskets so high.
NO_BASKET = 10**15


@pytest.fixture
def carol(programme):
    return world.customer("carol")


@pytest.fixture
def dora(ladder, carol):
    """Everything that can be known: an order paid with points, a note, a block, an old address."""
    user = world.customer("dora")
    order = world.place(user, "150.00", number="1")
    comebacks.spend(order, 20)
    api.adjust(user, 7, reason="goodwill", note="Dora Diaz called", actor=carol)
    user.email = "dora.diaz@example.com"
    user.save()
    note = {"note": "Dora again", "actor_id": carol.pk, "at": timezone.now()}
    spending_blocked.run(account(user).pk, **note)
    spending_blocked.lift(account(user).pk, **note)
    Account.objects.update(paused_until=None)
    world.hold(user, 30, basket_id=NO_BASKET)
    return user


def account(user):
    return Account.objects.get(user=user)


def run(command, *arguments):
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def refusal(command, *arguments):
    with pytest.raises(CommandError) as refused:
        run(command, *arguments)
    assert refused.value.returncode == 1
    return str(refused.value)


def everything(account_id):
    """All that our tables say about an account, as one text."""
    return json.dumps(member_exported.run(account_id), default=str)


class TestErasing:
    def test_writes_off_what_could_be_spent_and_names_nobody(self, dora):
        pk = account(dora).pk
        assert "137 points written off" in run("loyalty_erase_member", "dora", "--no-input")
        erased = Account.objects.get(pk=pk)
        assert (erased.user, erased.balance, erased.held) == (None, 0, 0)
        last = Entry.objects.filter(account=pk).latest("seq")
        assert (last.kind, last.points, last.key) == ("erase", -137, f"erase:{pk}:4")
        assert not Lot.objects.filter(account=pk, open=True).exists()
        assert Hold.objects.filter(account=pk, state="open").count() == 0
        said = everything(pk).casefold()
        assert not [word for word in ("dora", "diaz", "@") if word in said]

    def test_takes_what_waits_too(self, programme, bob):
        later = timezone.now() + timedelta(days=3)
        cause = Cause("bonus", "bonus:1", reason="tea")
        terms = {"pending": True, "available_at": later}
        ledger.accrue(account(bob).pk, Accrual(10, cause, timezone.now(), **terms))
        pk = account(bob).pk
        run("loyalty_erase_member", "bob", "--no-input")
        assert (Account.objects.get(pk=pk).balance, Account.objects.get(pk=pk).pending) == (0, 0)

    def test_forgives_a_debt(self, dora, carol):
        pk = account(dora).pk
        Hold.objects.filter(state="open").delete()
        Account.objects.update(held=0)
        api.adjust(dora, -137, reason="other", note="-", actor=carol)
        order = dora.orders.get()
        comebacks.put(order, "Cancelled")
        api.recalculate(order)
        assert Account.objects.get(pk=pk).balance == -130
        assert "a debt of 130 forgiven" in run("loyalty_erase_member", "dora", "--no-input")
        assert Account.objects.get(pk=pk).balance == 0

    def test_again_finds_nothing_to_do(self, dora):
        number = str(account(dora).public_id)
        run("loyalty_erase_member", "dora", "--no-input")
        before = Entry.objects.count(), MemberEvent.objects.count()
        said = run("loyalty_erase_member", "dora", "--no-input")
        assert said == "dora is no member; there is nothing to erase.\n"
        assert "0 points written off" in run("loyalty_erase_member", number, "--no-input")
        assert (Entry.objects.count(), MemberEvent.objects.count()) == before

    def test_takes_merged_accounts_along(self, dora, bob, carol):
        gone, stays = account(bob).pk, account(dora).pk
        at = timezone.now()
        accounts_merged.run(gone, stays, note="Bob is Dora", actor_id=carol.pk, at=at)
        run("loyalty_erase_member", "bob", "--no-input")
        assert list(
            Account.objects.filter(pk__in=[gone, stays]).values_list("user", "balance")
        ) == [
            (None, 0),
            (None, 0),
        ]
        assert "Dora" not in everything(stays)

    @pytest.mark.parametrize("gone", ["dora", "bob"])
    def test_takes_along_what_is_merged_while_it_waits(self, dora, bob, carol, gone, monkeypatch):
        """Whichever of the two is erased: the other account is the same person's by then."""
        pair = {"dora": account(dora).pk, "bob": account(bob).pk}
        family_of, at = member_erased.ledger_queries.family_of, timezone.now()

        def read_before(account_id):
            seen = family_of(account_id)
            monkeypatch.undo()
            accounts_merged.run(pair["bob"], pair["dora"], note="Bob", actor_id=carol.pk, at=at)
            return seen

        monkeypatch.setattr(member_erased.ledger_queries, "family_of", read_before)
        assert member_erased.run(pair[gone], at=timezone.now()) == 137
        left = Account.objects.filter(pk__in=pair.values()).values_list("user", "balance")
        assert list(left) == [(None, 0), (None, 0)]

    @pytest.mark.parametrize("answer", ["no", "", None])
    def test_asks_first(self, dora, monkeypatch, answer):
        def asked(prompt):
            if answer is None:
                raise EOFError
            return answer

        monkeypatch.setattr("builtins.input", asked)
        assert refusal("loyalty_erase_member", "dora") == "Nothing was erased."
        assert account(dora).balance == 137

    def test_goes_on_after_yes(self, dora, monkeypatch):
        monkeypatch.setattr("builtins.input", lambda prompt: "yes")
        run("loyalty_erase_member", "dora")
        assert not Account.objects.filter(user=dora).exists()

    def test_what_is_kept_for_a_basket_that_is_being_paid_is_owed(self, dora):
        basket = world.basket_with(world.product(), user=dora)
        world.hold(dora, 10, basket_id=basket.pk)
        basket.freeze()
        pk = account(dora).pk
        run("loyalty_erase_member", "dora", "--no-input")
        open_ones = Hold.objects.filter(state="open").values_list("basket_id", "points")
        assert list(open_ones) == [(basket.pk, 10)]
        assert points_spent.run(pk, basket.pk, 10, order_number="2", at=timezone.now())
        erased = Account.objects.get(pk=pk)
        assert (erased.balance, erased.held) == (-10, 0)
        assert Hold.objects.get(order_number="2").uncovered

    def test_nobody_is_enrolled_again_unasked(self, dora, bob):
        run("loyalty_erase_member", "dora", "--no-input")
        world.forget_membership(bob)
        assert due_jobs.enrol_missed(at=timezone.now()) == 1
        assert not Account.objects.filter(user=dora).exists()
        assert Account.objects.filter(user=bob).exists()
        world.place(dora, "10.00", number="2")
        assert account(dora).balance == 10

    @pytest.mark.parametrize("comes_back", [False, True])
    def test_nobody_decides_any_more_about_what_was_placed_before(self, dora, comes_back):
        world.unsignalled(dora, "30.00", number="old", at=timezone.now() - timedelta(minutes=5))
        run("loyalty_erase_member", "dora", "--no-input")
        if comes_back:
            world.place(dora, "10.00", number="2")
        run("loyalty_backfill")
        assert due_jobs.award_missed(at=timezone.now()) == 0
        assert Account.objects.filter(user=dora).exists() == comes_back
        assert not Award.objects.filter(order_number="old").exists()

    def test_an_order_that_comes_later_makes_a_member_though_it_was_missed(self, dora):
        run("loyalty_erase_member", "dora", "--no-input")
        world.unsignalled(dora, "30.00", number="new")
        run("loyalty_backfill")
        assert account(dora).balance == 30

    def test_who_comes_back_begins_anew(self, dora):
        run("loyalty_erase_member", "dora", "--no-input")
        world.place(dora, "10.00", number="2")
        assert account(dora).balance == 10
        assert Award.objects.get(order_number="1").account.user is None


class TestNaming:
    @pytest.mark.parametrize("attribute", ["email", "username", "pk"])
    def test_by_address_name_or_id(self, dora, attribute):
        pk = account(dora).pk
        said = json.loads(
            run(
                "loyalty_export_member",
                str(getattr(dora, attribute)).upper()
                if attribute == "email"
                else str(getattr(dora, attribute)),
            )
        )
        assert [row["id"] for row in said["accounts"]] == [pk]

    def test_by_member_number_when_nothing_else_is_left(self, dora):
        number = str(account(dora).public_id)
        dora.delete()
        assert json.loads(run("loyalty_export_member", number))["accounts"][0]["user_id"] is None

    @pytest.mark.parametrize("name", ["nobody", "nobody@example.com", "0", "9" * 30, "\u0662", ""])
    @pytest.mark.parametrize("command", ["loyalty_export_member", "loyalty_erase_member"])
    def test_nobody_is_refused(self, dora, command, name):
        assert refusal(command, name) == f"There is no customer {name}."

    def test_several_are_refused(self, dora, carol):
        get_user_model().objects.filter(pk=carol.pk).update(email="Dora.Diaz@example.com")
        said = refusal("loyalty_export_member", "dora.diaz@example.com")
        assert said == (
            "Several customers are called dora.diaz@example.com; name one by its id: "
            f"{carol.pk}, {dora.pk}."
        )

    def test_who_is_no_member_has_nothing_to_export(self, charlie):
        said = refusal("loyalty_export_member", "charlie")
        assert said == "charlie is no member; there is nothing to export."


class TestExporting:
    def test_says_everything(self, dora):
        said = json.loads(run("loyalty_export_member", "dora"))
        assert {name: len(rows) for name, rows in said.items()} == {
            "staff_acts": 0,
            "adjustment_requests": 0,
            "accounts": 1,
            "birthdays": 0,
            "campaign_draws": 0,
            "apologies": 0,
            "consents": 0,
            "counted_orders": 1,
            "coupons": 0,
            "draws": 1,
            "entries": 3,
            "events": 3,
            "flash_sale_units": 0,
            "holds": 2,
            "lapses": 0,
            "lots": 2,
            "messages": 0,
            "months": 0,
            "orders": 1,
            "recounts": 0,
            "rhythms": 0,
            "reviews": 0,
            "rule_uses": 0,
            "standings": 1,
            "surprises": 0,
            "tier_changes": 1,
            "tiers": Tier.objects.count(),
        }
        names = {row["id"]: row["name"] for row in said["tiers"]}
        assert names[said["standings"][0]["tier_id"]] == "Silver"
        assert [entry["points"] for entry in said["entries"]] == [150, -20, 7]
        assert said["events"][0]["address"] == "dora@example.com"

    def test_leaves_no_table_about_members_out(self, dora):
        told = {
            "accounts": "account",
            "entries": "entry",
            "lots": "lot",
            "draws": "draw",
            "events": "memberevent",
            "birthdays": "birthday",
            "orders": "award",
            "rule_uses": "ruleuse",
            "reviews": "reviewreward",
            "holds": "hold",
            "coupons": "coupon",
            "flash_sale_units": "flashsaleunit",
            "standings": "standing",
            "tier_changes": "tierchange",
            "counted_orders": "qualifyingevent",
            "messages": "message",
            "months": "customermonth",
            "recounts": "changedorder",
            "campaign_draws": "campaigndraw",
            "apologies": "apologyrecipient",
            "consents": "consent",
            "surprises": "surprisegift",
            "rhythms": "rhythm",
            "lapses": "lapse",
            "adjustment_requests": "adjustmentrequest",
        }
        kept = {
            model._meta.model_name
            for model in apps.get_app_config("oscar_loyalty").get_models()
            if any(
                field.related_model in (Account, Entry, get_user_model())
                for field in model._meta.concrete_fields
            )
        }
        assert kept == set(told.values())
        assert set(member_exported.run(account(dora).pk)) == {*told, "tiers", "staff_acts"}

    def test_says_what_coupons_give(self, dora):
        given = coupons.give(dora, "percentage", "10.00")
        (said,) = json.loads(run("loyalty_export_member", "dora"))["coupons"]
        assert (said["code"], said["kind"], said["value"]) == (
            given.voucher.code,
            "percentage",
            "10.00",
        )


class TestDeletedProfiles:
    def test_leave_balanced_books_that_name_nobody(self, dora):
        pk = account(dora).pk
        dora.delete()
        left = Account.objects.get(pk=pk)
        assert (left.user, left.balance, left.held) == (None, 137, 0)
        said = everything(pk).casefold()
        assert not [word for word in ("dora", "diaz", "@") if word in said]

    def test_of_a_merged_log_in_leave_the_other_alone(self, dora, bob, carol):
        gone, stays = account(bob).pk, account(dora).pk
        at = timezone.now()
        accounts_merged.run(gone, stays, note="Bob is Dora", actor_id=carol.pk, at=at)
        bob.email = "bob2@example.com"
        bob.save()
        bob.delete()
        assert "bob@example.com" not in everything(gone)
        assert Account.objects.get(pk=stays).user == dora
        assert Entry.objects.filter(account=stays, note="Dora Diaz called").exists()

    def test_of_customers_who_are_no_members_go_through(self, charlie):
        charlie.delete()
        assert not get_user_model().objects.filter(username="charlie").exists()


@pytest.mark.parametrize("how", ["erased", "deleted"])
def test_an_order_that_comes_back_afterwards_names_nobody(dora, how):
    """150 were earned by it and 20 spent on it; the former were written off, or are there."""
    pk, order = account(dora).pk, dora.orders.get()
    if how == "erased":
        run("loyalty_erase_member", "dora", "--no-input")
    else:
        dora.delete()
    comebacks.refund(order, "75.00")
    api.recalculate(order)
    assert (Award.objects.get().carried, Hold.objects.get(order_number="1").returned) == (75, 10)
    comebacks.put(order, "Cancelled")
    due_jobs.settle_missed(at=timezone.now())
    assert (Award.objects.get().carried, Hold.objects.get(order_number="1").returned) == (0, 20)
    left = Account.objects.get(pk=pk)
    assert (left.user, left.balance) == (None, -130 if how == "erased" else 7)
    said = everything(pk).casefold()
    assert not [word for word in ("dora", "diaz", "@") if word in said]


def test_the_database_lets_an_entry_lose_its_note_and_nothing_else(require_postgres, dora):
    forbidden = ["points = 8", "note = 'x'", "note = '', points = 8", "note = '', actor = ''"]
    for change in forbidden:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE oscar_loyalty_entry SET {change} WHERE kind = 'adj'")
    ledger.forget_notes(account(dora).pk)
    assert not Entry.objects.exclude(note="").exists()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE oscar_loyalty_entry SET digest = 'x' WHERE kind = 'adj'")
