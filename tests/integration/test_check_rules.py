"""The audit finds what is wrong with rules, and what orders take of their limits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oscar_loyalty.flows import books_audited
from oscar_loyalty.models import Award, EarningRule, RuleUse
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def award(bob):
    """Ten points, and four of five that a rule with a budget of four had."""
    world.rule(points=5, budget=4)
    world.place(bob, "10.00", number="1001")
    return Award.objects.get()


def broken():
    return [one.rule for one in books_audited.run(at=timezone.now()).violations]


def rewrite(award, **changes):
    (told,) = award.breakdown["rules"]
    award.breakdown["rules"] = [{**told, **changes}]
    award.save()


def test_what_is_right_is_right(award):
    assert broken() == []


@pytest.mark.parametrize(
    "changes", [{"given": "5"}, {"earned": "3"}, {"earned": "4"}, {"given": "many"}]
)
def test_a_rule_gave_what_lines_got(award, changes):
    rewrite(award, **changes)
    assert broken() == ["points follow from the breakdown"]


def test_lines_got_what_is_called_extra(award):
    award.breakdown["lines"][0]["rules"] = []
    award.save()
    assert "points follow from the breakdown" in broken()


def test_a_version_was_in_force(award):
    version = EarningRule.objects.get().current
    later = world.rule(
        rule=version.rule, points=5, in_force_from=timezone.now() + timedelta(days=1)
    )
    award.breakdown["lines"][0]["rules"][0]["version"] = later.pk
    rewrite(award, version=later.pk)
    assert broken() == ["rules were in force that an order names"]


def test_there_is_such_a_version(award):
    award.breakdown["unmet"] = [{"version": 10**9, "why": "weekday"}]
    award.save()
    assert broken() == ["rules were in force that an order names"]


def test_a_limit_counts_what_is_kept(award):
    RuleUse.objects.update(points=3)
    EarningRule.objects.update(used=3)
    assert broken() == ["limits of rules count what is kept"]


def test_a_use_is_missing(award):
    RuleUse.objects.all().delete()
    EarningRule.objects.update(used=0)
    assert broken() == ["limits of rules count what is kept"]


def test_a_rule_counts_its_uses(award):
    EarningRule.objects.update(used=5)
    (found,) = books_audited.run(at=timezone.now()).violations
    assert found.rule == "what a rule used is the sum of its uses"
    assert found.detail == f"rule {EarningRule.objects.get().pk}: used 5, uses take 4"
