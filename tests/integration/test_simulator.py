"""A simulation of the programme as it stands gives what a backfill writes, and writes nothing."""

import random
from collections import Counter
from contextlib import suppress
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.utils.timezone import now
from oscar.core.loading import get_model

from oscar_loyalty.errors import DraftRefused, NoProgramme
from oscar_loyalty.flows import (
    backfill,
    programme_drafted,
    programme_simulated,
    rule_published,
)
from oscar_loyalty.models import Award, Programme, ProgrammeDraft, Simulation, Standing
from oscar_loyalty.program.simulation import services as simulations
from oscar_loyalty.program.simulation.queries import documents
from sandbox.replay import cdnow as file
from sandbox.replay import orders as sales
from tests import cdnow, world
from tests.conftest import missing
from tests.integration.pasts import AT, day, newcomer, undone, with_past
from tests.simulating import asked, draft, simulation

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def simulated(begun, *, first=None, last=None, at=AT):
    return simulation(begun, first=first, last=last, at=at).results


def written():
    """What a backfill has written: orders that carry points, points, members by tier."""
    carried = list(Award.objects.filter(carried__gt=0).values_list("carried", flat=True))
    standings = Standing.objects.values_list("tier_id", flat=True)
    return len(carried), sum(carried), dict(Counter(str(pk or 0) for pk in standings))


def figures(result):
    return result["awards"], result["points"], result["tiers"]


def backfilled(at=AT, **options):
    def run():
        backfill.run(at=at, **options)
        return written()

    return undone(run)


# ---------------------------------------------------------------- as a backfill


class TestAsABackfill:
    def test_points_tiers_and_members(self, ladder):
        with_past("120.00", "10.50", "300.00", name="alice")
        with_past("5.00", name="bob")
        with_past("50.00", name="charlie", status="Cancelled")
        results = simulated(draft())
        assert figures(results["programme"]) == figures(results["draft"]) == backfilled()
        assert (results["members"], results["orders"], results["revenue"]) == (3, 5, "435.50")
        assert (results["gaining"], results["losing"], results["gainers"]) == (0, 0, [])

    def test_of_some_days(self, ladder):
        with_past("120.00", "10.50", "300.00", name="alice")
        found = simulated(draft(), first=day(1).date())
        assert figures(found["programme"]) == backfilled(since=day(1).date())
        found = simulated(draft(), first=day(0).date(), last=day(0).date())
        assert figures(found["draft"]) == (1, 120, {str(ladder[0].pk): 1})

    def test_terms_of_the_draft_count_as_if_they_were_the_programmes(self, ladder):
        with_past("120.00", "10.50", "300.00", name="alice")
        changed = {"earn_points": 3, "measure": "orders", "minimum_order": "20.00"}
        found = simulated(draft(**changed))["draft"]
        Programme.objects.update(**changed)
        assert figures(found) == backfilled()

    def test_the_ladder_of_the_draft_counts_as_if_it_were_the_programmes(self, ladder):
        with_past("120.00", "10.50", "300.00", name="alice")
        begun, silver = draft(), str(ladder[0].pk)
        begun.says["tiers"][silver] |= {"threshold": "5.00", "multiplier": "4.00"}
        begun.save()
        found = simulated(begun)["draft"]
        ladder[0].threshold = 5
        ladder[0].save()
        ladder[0].benefits.update(value=4)
        assert figures(found) == backfilled()

    @pytest.mark.parametrize("seed", range(8))
    def test_random_rules_and_orders(self, seed):
        chance = random.Random(seed)
        world.programme(counts_shipping=chance.random() < 0.5)
        world.tier("Silver", 1, "100", multiplier="1.50")
        world.tier("Gold", 2, "300", multiplier="2.00")
        products = [world.product() for _one in range(2)]
        for _rule in range(chance.randrange(1, 7)):
            with suppress(ValidationError):
                world.rule(**random_rule(chance, products))
        for _customer in range(4):
            buyer = newcomer()
            for _order in range(chance.randrange(1, 9)):
                random_order(chance, buyer, products)
        found = simulated(draft())
        assert figures(found["programme"]) == figures(found["draft"]) == backfilled()
        assert found["programme"]["points"] > 0


def random_rule(chance, products):
    """What a rule may say that changes what orders earn."""
    effect = chance.choice(["points", "per-money", "multiplier", "excludes"])
    maybe = chance.random
    hours = (time(9), time(17)) if maybe() < 0.2 else (None, None)
    return {
        "effect": effect,
        "points": chance.randrange(1, 30) if effect in ("points", "per-money") else 0,
        "every": chance.choice([None, 1, 2]) if effect == "points" else None,
        "per_amount": Decimal(chance.randrange(1, 9)) if effect == "per-money" else None,
        "factor": Decimal(chance.randrange(11, 40)) / 10 if effect == "multiplier" else None,
        "product": chance.choice(products) if maybe() < 0.5 else None,
        "in_force_from": day(chance.randrange(60)) if maybe() < 0.4 else None,
        "weekdays": [1, 2, 3] if maybe() < 0.2 else [],
        "from_time": hours[0],
        "until_time": hours[1],
        "tiers": [0] if maybe() < 0.2 else [],
        "minimum": Decimal(40) if maybe() < 0.3 else Decimal(0),
        "nth_order": chance.choice([1, 2]) if maybe() < 0.2 else None,
        "cap_order": 20 if maybe() < 0.3 else None,
        "cap_member": 60 if maybe() < 0.3 else None,
        "budget": 90 if maybe() < 0.3 else None,
        "priority": chance.choice([0, 1, -1]),
        "stackable": maybe() < 0.5,
    }


def random_order(chance, buyer, products):
    amount = f"{chance.randrange(100, 12_000) / 100:.2f}"
    status = "Cancelled" if chance.random() < 0.1 else "Pending"
    at = day(chance.randrange(90)) + chance.randrange(600) * MINUTE
    order = world.unsignalled(buyer, amount, at=at, status=status)
    order.lines.update(product=chance.choice([None, *products]), quantity=chance.randrange(1, 4))


def test_a_real_shops_past():
    """CDNOW's sample: every point, tier and member as `loyalty_backfill` writes them."""
    path = cdnow.file("CDNOW_sample.txt") or missing(cdnow.MISSING)
    at = datetime(1998, 7, 10, 12, tzinfo=timezone.utc)
    purchases = file.read(path, today=at.date())
    sales.write(purchases, currency="GBP", zone=ZoneInfo("Europe/London"))
    world.programme(window="lifetime")
    world.tier("Silver", 1, "100", multiplier="1.50")
    world.tier("Gold", 2, "300", multiplier="2.00")
    found = simulated(draft(), at=at)
    assert figures(found["programme"]) == figures(found["draft"]) == backfilled(at=at)
    assert found["orders"] == len(purchases)


# ---------------------------------------------------------------- what it says


def test_who_gains_most_comes_first(ladder):
    alice = with_past("100.00", name="alice")
    bob = with_past("100.00", "100.00", name="bob")
    with_past("5.00", name="charlie", status="Cancelled")
    found = simulated(draft(earn_points=2))
    assert found["gainers"] == [
        {"customer": bob.pk, "before": 250, "after": 500},
        {"customer": alice.pk, "before": 100, "after": 200},
    ]
    assert (found["gaining"], found["losing"]) == (2, 0)
    assert simulated(draft(earn_amount="2.00"))["losing"] == 2


def test_points_are_spent_and_expire_month_by_month(programme):
    with_past("100.00", "40.00", name="alice", step=31)
    begun = draft(expiry="after-earning", expiry_months=4)
    begun.spent_share, begun.spent_after = 50, 2
    begun.save()
    found = simulated(begun)
    july = 2025 * 12 + 6
    assert sorted(found["draft"]["fates"]) == [
        # Of July the 1st: gone on November the 2nd, spent on September the 1st.
        [july, july + 2, july + 4, 100],
        [july + 1, july + 3, july + 5, 40],
    ]
    assert sorted(found["programme"]["fates"]) == [
        [july, july + 2, None, 100],
        [july + 1, july + 3, None, 40],
    ]


def test_points_are_spent_on_tiers_that_may(ladder):
    """Alice comes to Gold in September; then what she has on Silver may be spent, too."""
    with_past("100.00", "10.00", "200.00", name="alice", step=31)
    begun = draft()
    begun.says["tiers"][str(ladder[0].pk)]["may_redeem"] = False
    begun.spent_after = 1
    begun.save()
    found = simulated(begun)
    july = 2025 * 12 + 6
    assert sorted(found["programme"]["fates"]) == [
        [july, july + 1, None, 100],
        [july + 1, july + 2, None, 15],
        [july + 2, july + 3, None, 300],
    ]
    assert sorted(found["draft"]["fates"]) == [
        [july, july + 2, None, 100],
        [july + 1, july + 2, None, 15],
        [july + 2, july + 3, None, 300],
    ]
    begun.says["tiers"][str(ladder[1].pk)]["may_redeem"] = False
    begun.save()
    assert {fate[1] for fate in simulated(begun)["draft"]["fates"]} == {None}


def test_what_points_paid_earns_as_it_really_did(db):
    world.programme(redeemable=True, earns_on_redeemed=True)
    dora = world.member("dora").user
    world.place(dora, "900.00", number="6")
    world.place(dora, "20.00", number="7", points=700)
    found = simulated(draft(), at=now())["programme"]
    assert found["points"] == sum(Award.objects.values_list("carried", flat=True)) == 920


def test_a_rule_of_the_draft_holds_for_all_the_time(programme):
    with_past("100.00", name="alice")
    version = world.rule(points=5, in_force_from=day(50))
    key = str(version.rule_id)
    begun = draft()
    assert simulated(begun)["draft"]["points"] == 100
    begun.says["rules"][key]["points"] = 7
    begun.says["rules"]["-1"] = begun.says["rules"][key] | {"points": 30}
    begun.save()
    assert simulated(begun)["draft"]["points"] == 137
    begun.says["rules"] = {}
    begun.save()
    assert simulated(begun)["draft"]["points"] == 100


def test_a_rule_of_the_draft_holds_though_it_was_ended_meanwhile(programme):
    with_past("100.00", name="alice")
    version = world.rule(points=5)
    begun = draft()
    rule_published.retire(version.rule_id, actor_id=1, at=day(-1))
    found = simulated(begun)
    assert (found["programme"]["points"], found["draft"]["points"]) == (100, 105)


def test_a_new_tier_is_climbed(ladder):
    with_past("40.00", "10.00", name="alice")
    begun = draft()
    bronze = begun.says["tiers"][str(ladder[0].pk)] | {"rank": 3, "name": "Bronze"}
    begun.says["tiers"] = {"-1": bronze | {"rank": 1, "threshold": "20.00"}}
    begun.save()
    found = simulated(begun)["draft"]
    assert (found["points"], found["tiers"]) == (55, {"-1": 1})


# ---------------------------------------------------------------- what it leaves alone


def rows():
    """How many rows every table has, ours and the shop's."""
    tables = [model for model in apps.get_models() if model._meta.managed]
    return {model._meta.label: model._base_manager.count() for model in tables}


def test_it_writes_nothing(ladder, django_assert_max_num_queries):
    with_past("120.00", "10.50", name="alice")
    world.rule(effect="multiplier", factor=Decimal(2), budget=50)
    begun = draft(earn_points=3)
    before = rows()
    with django_assert_max_num_queries(40):
        simulated(begun)
    assert rows() == before | {"oscar_loyalty.Simulation": 1}
    assert Programme.objects.get().earn_points == 1


#: However many orders the customers of one step have placed.
QUERIES = 23


def test_queries_do_not_grow_with_the_orders(ladder, django_assert_num_queries):
    def asked():
        made = programme_simulated.ask(draft().pk, first=None, last=None, actor="", at=AT)
        return lambda: programme_simulated.run(made.pk, at=AT)

    with_past("120.00", name="alice")
    small = asked()
    with django_assert_num_queries(QUERIES):
        assert small()
    for number in range(20):
        with_past("10.00", "20.00", name=f"customer {number}")
    large = asked()
    with django_assert_num_queries(QUERIES):
        assert large()


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (AT.date() + timedelta(days=1), None, "The time has not begun yet."),
        (date(2026, 2, 2), date(2026, 2, 1), "The time ends before it begins."),
        (date(2020, 1, 1), date(2020, 2, 1), "Customers placed no orders in this time."),
        (None, date(2020, 2, 1), "Customers placed no orders in this time."),
        (date(1, 1, 1), date(1, 1, 2), "Customers placed no orders in this time."),
        (date.max, date.max, "The time has not begun yet."),
    ],
)
def test_days_that_make_no_sense(programme, first, last, says):
    with_past("10.00")
    begun = draft()
    with pytest.raises(DraftRefused, match=says):
        programme_simulated.ask(begun.pk, first=first, last=last, actor="", at=AT)
    assert not Simulation.objects.exists()


def test_all_days_there_can_be(programme):
    with_past("10.00")
    assert simulated(draft(), first=date.min, last=date.max)["orders"] == 1


def test_two_of_one_draft_at_once(programme):
    with_past("10.00")
    begun = draft()
    asked(begun)
    with pytest.raises(DraftRefused, match="wait until that is done"):
        asked(begun)
    asked(draft())
    assert programme_simulated.run_due(at=AT) == 2
    assert asked(begun)


def test_nothing_without_a_programme(db):
    with pytest.raises(NoProgramme):
        draft()


def test_a_published_draft_is_closed(programme):
    with_past("10.00")
    begun = draft()
    simulations.mark_published(begun.pk, at=AT)
    with pytest.raises(DraftRefused, match="begin another one"):
        asked(begun)
    with pytest.raises(DraftRefused, match="begin another one"):
        programme_drafted.begin_again(begun.pk, at=AT)
    with pytest.raises(DraftRefused, match="The draft is gone"):
        programme_drafted.begin_again(begun.pk + 1, at=AT)


# ---------------------------------------------------------------- what others changed


def test_a_draft_goes_on_from_what_others_changed(ladder):
    begun = draft(earn_points=5)
    silver, gold = (str(tier.pk) for tier in ladder)
    begun.says["tiers"][silver]["threshold"] = "50.00"
    begun.save()
    Programme.objects.update(earn_points=3, grace_days=7)
    ladder[1].threshold = 500
    ladder[1].save()
    rule = world.rule(points=3)
    programme_drafted.begin_again(begun.pk, at=AT)
    begun.refresh_from_db()
    assert begun.begun_from == documents.written()
    assert (begun.says["terms"]["earn_points"], begun.says["terms"]["grace_days"]) == (5, 7)
    assert begun.says["tiers"][silver]["threshold"] == "50.00"
    assert begun.says["tiers"][gold]["threshold"] == "500.00"
    assert begun.says["rules"] == {str(rule.rule_id): documents.rule_values(rule)}
    assert ProgrammeDraft.objects.count() == 1
    assert get_model("order", "Order").objects.count() == 0
