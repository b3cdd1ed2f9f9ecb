"""Rules about signing up, reviews, birthdays and actions: given beside what these give anyway."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from oscar_loyalty import api
from oscar_loyalty.flows import books_audited
from oscar_loyalty.models import Account, EarningRule, Entry, ReviewReward, RuleUse
from tests import birthdays, reviewing, world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clean(clean_books):
    """Whatever is given, the books add up."""


def entries():
    return [points for _key, points in Entry.objects.order_by("pk").values_list("key", "points")]


def act(**says):
    return world.rule(trigger="action", action="newsletter", **says)


class TestActions:
    def report(self, user, reference="1", action="newsletter"):
        return api.report(user, action=action, reference=reference)

    def test_rules_alone_give_for_it_once(self, bob):
        act(points=20)
        assert [self.report(bob), self.report(bob), self.report(bob, "2")] == [20, 0, 20]
        assert self.report(bob, action="another") == 0
        assert entries() == [20, 20]

    def test_a_rule_that_comes_later_gives_nothing_for_what_was_rewarded(self, bob):
        act(points=20)
        self.report(bob)
        act(points=5)
        assert self.report(bob) == 0
        assert self.report(bob, "2") == 25

    def test_they_come_beside_what_the_shop_gives(self, bob):
        act(effect="multiplier", factor=Decimal("2.50"))
        act(points=5)
        earn = {"action": "newsletter", "reference": "1"}
        assert api.earn(bob, 10, **earn)
        assert not api.earn(bob, 10, **earn)
        assert entries() == [10, 15, 5]

    def test_what_they_ask_for(self, bob):
        group = Group.objects.create(name="Traders")
        act(points=20, groups=[group.pk])
        assert self.report(bob) == 0
        bob.groups.add(group)
        assert self.report(bob) == 20

    def test_limits_hold(self, bob):
        act(points=20, cap_member=50, budget=70)
        assert [self.report(bob, str(number)) for number in range(4)] == [20, 20, 10, 0]
        eve = world.customer("eve")
        assert [self.report(eve, str(number)) for number in range(2)] == [20, 0]
        assert EarningRule.objects.get().used == 70

    def test_what_is_given_may_expire_on_a_day_of_its_own(self, bob):
        act(points=20, expiry_months=1)
        self.report(bob)
        assert Entry.objects.get().lot.expires_at > timezone.now() + timedelta(days=27)

    def test_the_shopper_reads_what_it_was_for(self, bob, client):
        act(points=20)
        self.report(bob)
        client.force_login(bob)
        page = client.get("/accounts/loyalty/").content.decode()
        assert "extra points for: <bdi>newsletter</bdi>." in page


@pytest.mark.parametrize(("signup_points", "expected"), [(0, [20]), (50, [50, 20, 25])])
def test_signing_up(signup_points, expected):
    world.programme(signup_points=signup_points)
    world.rule(trigger="signup", points=20)
    world.rule(trigger="signup", effect="multiplier", factor=Decimal("1.50"))
    eve = world.customer("eve")
    assert entries() == expected
    # Whoever leaves and comes back under the same address was welcomed before.
    eve.delete()
    world.customer("eve")
    assert len(Entry.objects.filter(kind="bonus")) == len(expected)


def test_a_birthday():
    world.programme()
    birthdays.celebrated(gives="points", value=30)
    world.rule(trigger="birthday", effect="multiplier", factor=Decimal(2))
    birthdays.member(305, on=date(2025, 10, 1))
    assert birthdays.search(date(2026, 3, 5)) == 1
    assert entries() == [30, 30]


def test_a_rule_gives_for_an_act_until_its_next_version_is_about_another(programme):
    first = world.rule(trigger="signup", points=20)
    tomorrow = timezone.now() + timedelta(days=1)
    world.rule(rule=first.rule, trigger="birthday", points=20, in_force_from=tomorrow)
    world.customer("eve")
    assert entries() == [20]


@pytest.mark.django_db(transaction=True)
def test_a_review_and_its_end(bob):
    """What a review gives with rules is one reward: it goes, and comes again, as a whole."""
    pot = world.product("10.00")
    world.place(bob, products=[pot])
    reviewing.offer(10, monthly=1)
    world.rule(trigger="review", points=5, budget=8)
    review = reviewing.review(bob, pot)
    assert ReviewReward.objects.get().points == 15
    assert (EarningRule.objects.get().used, Account.objects.get().balance) == (5, 25)
    reviewing.moderate(review, reviewing.REJECTED)
    assert (EarningRule.objects.get().used, Account.objects.get().balance) == (0, 10)
    reviewing.moderate(review, reviewing.APPROVED)
    assert (EarningRule.objects.get().used, Account.objects.get().balance) == (5, 25)
    # Beyond the month's reviews nothing is given, by rules neither.
    cup = world.product("10.00")
    world.place(bob, products=[cup])
    reviewing.review(bob, cup)
    assert list(RuleUse.objects.values_list("points", flat=True)) == [5]
    assert books_audited.run(at=timezone.now()).violations == []
