"""Points that paid for what comes back return; points that are gone cannot be taken back."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty import api, receivers
from oscar_loyalty.errors import InsufficientPoints
from oscar_loyalty.flows import due_jobs, points_expired, points_spent
from oscar_loyalty.models import Award, Entry, ExcludedRange, Hold, Lot, Programme, Standing, Tier
from oscar_loyalty.program.ledger import services as ledger
from oscar_loyalty.program.ledger.policy import Accrual, Cause
from oscar_loyalty.program.redemption import services as redemption
from oscar_loyalty.program.terms import queries as terms_queries
from tests import comebacks, world
from tests.comebacks import CUPS
from tests.integration import ageing
from tests.integration.ageing import earn, on, spend, terms

pytestmark = pytest.mark.django_db

TWELVE_MONTHS = {
    "expiry": "after-earning",
    "expiry_months": 12,
    "expiry_grace_days": 0,
    "return_grace_days": 10,
}


class TestSpentPoints:
    def test_they_return_in_proportion_and_all_in_the_end(self, order):
        comebacks.spend(order, 100)
        returned = []
        for _cup in range(4):
            comebacks.send_back(order, (CUPS, 1))
            said = api.recalculate(order)
            returned.append(Hold.objects.get().returned)
            assert said.returned == returned[-1] - sum(returned[-2:-1])
        assert returned == [14, 28, 42, 57]
        comebacks.refund(order, "70.00")
        api.recalculate(order)
        assert Hold.objects.get().returned == 100
        assert comebacks.account_of(order).balance == 300
        comebacks.assert_right()

    def test_cancelling_returns_all_and_reinstating_takes_them_again(self, order):
        comebacks.spend(order, 100)
        for status in ("Cancelled", "Pending", "Cancelled", "Pending"):
            comebacks.put(order, status)
            api.recalculate(order)
        assert comebacks.account_of(order).balance == 300 + 170 - 100
        keys = Entry.objects.filter(kind__in=["redeem", "return", "retake"]).order_by("seq")
        assert list(keys.values_list("key", "points")) == [
            ("redeem:1001", -100),
            ("return:1001:100", 100),
            ("retake:1001:100", -100),
            ("return:1001:200", 100),
            ("retake:1001:200", -100),
        ]
        comebacks.assert_right()

    def test_they_expire_as_they_would_have_but_not_within_days(self, programme, order):
        Programme.objects.update(return_grace_days=10)
        account, now = comebacks.account_of(order), timezone.now()
        ledger.adjust(
            account.pk,
            -account.spendable,
            Cause("adj", "adj:0", reason="other", note="-"),
            at=now,
        )
        days = {"late": now + timedelta(days=90), "soon": now + timedelta(days=3), "never": None}
        for name, expires_at in days.items():
            cause = Cause("bonus", f"bonus:{name}")
            ledger.accrue(account.pk, Accrual(20, cause, now, expires_at=expires_at))
        comebacks.spend(order, 60)
        comebacks.send_back(order, (CUPS, 2))
        at = now + timedelta(days=1)
        least = terms_queries.written().end_of_return_grace(at)
        assert api.recalculate(order, at=at).returned == 17
        comebacks.put(order, "Cancelled")
        assert api.recalculate(order, at=at).returned == 43
        back = Lot.objects.filter(entry__kind="return").order_by("pk")
        assert list(back.values_list("points", "expires_at")) == [
            (17, least),
            (3, least),
            (20, days["late"]),
            (20, None),
        ]

    @pytest.mark.parametrize("again", [True, False])
    def test_what_they_paid_for_is_known_when_staff_have_deleted_the_offer(self, programme, again):
        programme.redeemable = True
        programme.save()
        lamp, pot = world.product("30.00"), world.product("20.00")
        ExcludedRange.objects.create(
            programme=programme, range=factories.RangeFactory(products=[lamp])
        )
        user = world.customer("dora")
        ledger.accrue(
            user.loyalty_account.pk, Accrual(2000, Cause("bonus", "bonus:1"), timezone.now())
        )
        order = world.place(user, products=[lamp, pot], status="Pending", points=2000)
        get_model("offer", "ConditionalOffer").objects.all().delete()
        if again:
            due_jobs.keep_offers_in_step(at=timezone.now())
        for position, returned in ((0, 0), (1, 2000)):
            comebacks.put_line(order, position, "Returned")
            api.recalculate(order)
            assert Hold.objects.get().returned == returned
        comebacks.assert_right()

    def test_points_without_a_day_of_their_own_are_as_old_as_they_were(self, programme, order):
        """Twelve months after they were earned, or ten days after they came back."""
        account, now = comebacks.account_of(order), timezone.now()
        ageing.terms(programme, **TWELVE_MONTHS)
        ages = [now - timedelta(days=days) for days in (362, 300, 200)]
        for earned_at in ages:
            ageing.earn(account, 20, at=now, earned_at=earned_at)
        comebacks.spend(order, 50)
        comebacks.put(order, "Cancelled")
        least = terms_queries.written().midnight(timezone.localdate(now) + timedelta(days=11))
        for _time in range(2):
            api.recalculate(order, at=now)
        back = Lot.objects.filter(entry__kind="return").order_by("pk")
        assert list(back.values_list("points", "expires_at", "earned_at")) == [
            (20, least, ages[0]),
            (20, None, ages[1]),
            (10, None, ages[2]),
        ]
        balances = []
        for at in (least - timedelta(seconds=1), least, ages[1] + timedelta(days=367)):
            points_expired.run(at=at)
            balances.append(comebacks.account_of(order).balance)
        assert balances == [360, 340, 320]
        comebacks.assert_right()

    @pytest.mark.parametrize("expiry", ["after-earning", "inactivity"])
    def test_spending_and_cancelling_over_and_over_makes_no_point_younger(
        self, programme, bob, expiry
    ):
        ageing.terms(programme, **TWELVE_MONTHS | {"expiry": expiry, "return_grace_days": 0})
        at = timezone.now() - timedelta(days=700)
        ageing.earn(bob.loyalty_account, 100, at=at)
        order = world.place(bob, "0.50", number="1005", status="Pending", at=at)
        points_spent.run(bob.loyalty_account.pk, 1, 100, order_number="1005", at=at)
        for days in (300, 600):
            for status in ("Cancelled", "Pending", "Cancelled"):
                comebacks.put(order, status)
                api.recalculate(order, at=at + timedelta(days=days))
        points_expired.run(at=at + timedelta(days=600))
        assert comebacks.account_of(order).balance == 0
        comebacks.assert_right()

    def test_what_an_active_member_gets_back_lives_as_long_as_their_other_points(
        self, programme, bob
    ):
        ageing.terms(programme, **TWELVE_MONTHS | {"expiry": "inactivity"})
        now = timezone.now()
        earned_at = now - timedelta(days=700)
        ageing.earn(bob.loyalty_account, 100, at=earned_at)
        order = world.place(bob, "50.00", number="1005", status="Pending")
        comebacks.spend(order, 100)
        comebacks.put(order, "Cancelled")
        api.recalculate(order, at=now)
        back = Lot.objects.filter(entry__kind="return")
        assert list(back.values_list("expires_at", "earned_at")) == [(None, earned_at)]

    @pytest.mark.parametrize(("months", "dated"), [(24, False), (None, True)])
    def test_the_months_of_a_tier_decide_whether_they_are_old(
        self, programme, order, months, dated
    ):
        ageing.terms(programme, **TWELVE_MONTHS)
        Tier.objects.update(expiry_months=months)
        Standing.objects.update(since=timezone.now() - timedelta(days=800))
        ageing.earn(comebacks.account_of(order), 20, at=timezone.now() - timedelta(days=400))
        comebacks.spend(order, 20)
        comebacks.put(order, "Cancelled")
        api.recalculate(order)
        assert (Lot.objects.get(entry__kind="return").expires_at is not None) == dated

    def test_late_points_that_were_owed_return_too(self, goods, bob):
        order = world.place(bob, products=goods, number="1004", status="Pending")
        comebacks.spend(order, 150)
        assert comebacks.account_of(order).balance == -40
        comebacks.put(order, "Cancelled")
        assert api.recalculate(order) == api.Recalculated(points=-110, returned=150)
        assert comebacks.account_of(order).balance == 0
        comebacks.assert_right()

    def test_without_a_signal_they_are_found(self, order):
        comebacks.spend(order, 100)
        comebacks.put(order, "Cancelled")
        due_jobs.run(at=timezone.now())
        assert (Hold.objects.get().returned, comebacks.account_of(order).balance) == (100, 300)
        comebacks.put(order, "Pending")
        due_jobs.run(at=timezone.now())
        assert (Hold.objects.get().returned, comebacks.account_of(order).balance) == (0, 370)
        comebacks.assert_right()


class TestGoodsThatCostNoMoney:
    """Money that goes back says nothing of them; their line, or all of the order, does."""

    @pytest.fixture
    def dora(self, programme):
        programme.redeemable, programme.value_points, programme.value_amount = True, 100, 1
        programme.save()
        made = world.customer("dora")
        earn(made.loyalty_account, 10_000, at=timezone.now())
        return made

    @pytest.mark.parametrize("counts_shipping", [False, True])
    def test_shipping_is_refunded(self, dora, counts_shipping):
        Programme.objects.update(counts_shipping=counts_shipping)
        order = world.place(dora, "50.00", status="Pending", shipping="5.00", points=5_000)
        comebacks.refund(order, "5.00")
        api.recalculate(order)
        assert (order.total_incl_tax, Hold.objects.get().returned) == (5, 0)
        assert Award.objects.get().carried == 0
        comebacks.send_back(order, (0, 1))
        assert api.recalculate(order).returned == 5_000
        comebacks.assert_right()

    @pytest.fixture
    def order(self, programme, dora):
        """A for £5,000 that earned as many points, and B for £50 that 5,000 points paid for."""
        by_money, by_points = world.product("5000.00"), world.product("50.00")
        ExcludedRange.objects.create(
            programme=programme, range=factories.RangeFactory(products=[by_money])
        )
        products = [by_money, by_points]
        return world.place(dora, products=products, status="Pending", points=5_000)

    @pytest.mark.parametrize("named", [False, True])
    def test_all_that_cost_money_comes_back(self, order, named):
        if named:
            comebacks.refund_items(order, "5000.00", (0, 1))
        else:
            comebacks.send_back(order, (0, 1))
            comebacks.refund(order, "5000.00")
        api.recalculate(order)
        assert (order.total_incl_tax, Hold.objects.get().returned) == (5_000, 0)
        comebacks.put(order, "Cancelled")
        assert api.recalculate(order).returned == 5_000
        comebacks.assert_right()

    @pytest.mark.parametrize(
        ("steps", "forgiven", "balance"),
        [
            ("A", 4_000, 0),
            ("B", 0, 6_000),
            ("AB", 0, 1_000),
            ("BA", 0, 1_000),
            (["AB"], 0, 1_000),
            ("ABb", 4_000, 0),
            ("BAb", 4_000, 0),
            ("ABba", 0, 1_000),
            ("ABab", 0, 1_000),
        ],
    )
    def test_lines_come_back_and_stay_in_any_order(self, order, steps, forgiven, balance):
        """All but 1,000 points are spent elsewhere, and need not be owed."""
        Programme.objects.update(clawback="what-there-is")
        spend(order.user.loyalty_account, 9_000, at=timezone.now())
        for step in steps:
            for line in step:
                status = "Returned" if line.isupper() else "Pending"
                comebacks.put_line(order, "AB".index(line.upper()), status)
            api.recalculate(order)
            comebacks.assert_right()
        award = Award.objects.get(order_number=order.number)
        assert (award.forgiven, comebacks.account_of(order).balance) == (forgiven, balance)


class TestExpiredPoints:
    """What has expired is gone: it is not taken again, and reinstating does not bring it back."""

    @pytest.fixture
    def order(self, programme, bob, monkeypatch):
        """A hundred points of the week before they expire, decided about at once."""
        terms(programme, expiry="fixed-dates", expiry_dates="12-31", expiry_grace_days=0)
        placed_at = on("2025-12-28")
        with monkeypatch.context() as then:
            then.setattr(receivers, "timezone", SimpleNamespace(now=lambda: placed_at))
            return world.place(bob, "50.00", "50.00", at=placed_at, status="Pending")

    @pytest.mark.parametrize("clawback", ["debt", "what-there-is"])
    @pytest.mark.parametrize("used", [0, 30, 100])
    def test_cancelling_takes_only_what_was_used(self, order, clawback, used):
        Programme.objects.update(clawback=clawback)
        account = comebacks.account_of(order)
        if used:
            spend(account, used, at=on("2025-12-29"))
        points_expired.run(at=on("2026-01-02"))
        owing = -used if clawback == "debt" else 0
        for status, balance in (("Cancelled", owing), ("Pending", 0), ("Cancelled", owing)):
            comebacks.put(order, status)
            api.recalculate(order, at=on("2026-01-05"))
            assert comebacks.account_of(order).balance == balance
            comebacks.assert_right()

    @pytest.mark.parametrize(
        ("used", "balances"), [(0, [0, 0]), (40, [0, -40]), (60, [-10, -60]), (100, [-50, -100])]
    )
    def test_what_has_expired_comes_first(self, order, used, balances):
        if used:
            spend(comebacks.account_of(order), used, at=on("2025-12-29"))
        points_expired.run(at=on("2026-01-02"))
        seen = []
        for line in (0, 1):
            comebacks.put_line(order, line, "Returned")
            api.recalculate(order, at=on("2026-01-05"))
            seen.append(comebacks.account_of(order).balance)
        assert seen == balances
        comebacks.assert_right()

    def test_what_was_taken_before_and_would_have_expired_is_not_given_again(self, order):
        comebacks.put_line(order, 0, "Returned")
        assert api.recalculate(order, at=on("2025-12-29")).points == -50
        points_expired.run(at=on("2026-01-02"))
        for status in ("Cancelled", "Pending"):
            comebacks.put(order, status)
            assert api.recalculate(order, at=on("2026-01-05")) == api.Recalculated()
            assert comebacks.account_of(order).balance == 0
        comebacks.assert_right()


class TestMoreThanThereIs:
    @pytest.fixture
    def spent(self, order):
        """The member has spent all but 30 points elsewhere."""
        account = comebacks.account_of(order)
        cause = Cause("adj", "adj:elsewhere", reason="other", note="-")
        ledger.adjust(account.pk, 30 - account.balance, cause, at=timezone.now())
        return order

    def test_goes_into_debt_that_blocks_spending_and_is_paid_first(self, spent, alice):
        comebacks.put(spent, "Cancelled")
        assert api.recalculate(spent).points == -170
        account = comebacks.account_of(spent)
        assert (account.balance, account.spendable) == (-140, 0)
        now = timezone.now()
        with pytest.raises(InsufficientPoints):
            redemption.hold(account.pk, 77, 1, at=now, until=now)
        world.place(alice, "80.00")
        assert comebacks.account_of(spent).balance == 20
        assert redemption.hold(account.pk, 77, 20, at=now, until=now) is None

    def test_or_takes_what_there_is_and_forgives_the_rest_for_good(self, spent, alice):
        Programme.objects.update(clawback="what-there-is")
        comebacks.put(spent, "Cancelled")
        assert api.recalculate(spent).points == -30
        award = Award.objects.get(order_number="1001")
        assert (award.carried, award.forgiven, comebacks.account_of(spent).balance) == (0, 140, 0)
        world.place(alice, "80.00")
        assert api.recalculate(spent) == api.Recalculated()
        assert due_jobs.run(at=timezone.now())["orders brought in line"] == 0
        assert comebacks.account_of(spent).balance == 160
        comebacks.assert_right()

    def test_what_was_forgiven_counts_when_the_order_is_reinstated(self, spent):
        Programme.objects.update(clawback="what-there-is")
        for status, balance, forgiven in (
            ("Cancelled", 0, 140),
            ("Pending", 30, 0),
            ("Cancelled", 0, 140),
        ):
            comebacks.put(spent, status)
            api.recalculate(spent)
            award = Award.objects.get(order_number="1001")
            assert (comebacks.account_of(spent).balance, award.forgiven) == (balance, forgiven)
        comebacks.assert_right()

    def test_in_parts(self, spent):
        Programme.objects.update(clawback="what-there-is")
        balances = []
        for _cup in range(3):
            comebacks.send_back(spent, (CUPS, 1))
            api.recalculate(spent)
            award = Award.objects.get(order_number="1001")
            balances.append((comebacks.account_of(spent).balance, award.carried, award.forgiven))
        assert balances == [(10, 150, 0), (0, 130, 10), (0, 110, 30)]
        comebacks.assert_right()

    def test_without_a_debt_nothing_is_posted(self, spent):
        Programme.objects.update(clawback="what-there-is")
        account = comebacks.account_of(spent)
        cause = Cause("adj", "adj:rest", reason="other", note="-")
        ledger.adjust(account.pk, -30, cause, at=timezone.now())
        before = Entry.objects.count()
        comebacks.put(spent, "Cancelled")
        assert api.recalculate(spent) == api.Recalculated()
        assert Entry.objects.count() == before
        assert Award.objects.get(order_number="1001").forgiven == 170
        comebacks.assert_right()
