"""A shop that runs an older version is upgraded."""

from datetime import datetime, timezone

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from oscar.test import factories

from oscar_loyalty.models import Account, Programme, RuleVersion
from tests import world


@pytest.fixture
def older(transactional_db):
    """The models of the version that knew no spending yet."""
    executor = MigrationExecutor(connection)
    executor.migrate([("oscar_loyalty", "0002_append_only")])
    yield executor.loader.project_state([("oscar_loyalty", "0002_append_only")]).apps
    call_command("migrate", verbosity=0)


def test_a_programme_that_runs_already_does_not_begin_to_take_points(older):
    older.get_model("oscar_loyalty", "Programme").objects.create(
        name="Larkfield Points",
        currency="GBP",
        time_zone="Europe/London",
        starts_at=datetime(2020, 1, 1, tzinfo=timezone.utc),
    )
    call_command("migrate", verbosity=0)
    assert not Programme.objects.get().redeemable
    Programme.objects.all().delete()
    made = world.programme()
    assert Programme(name=made.name).redeemable


@pytest.fixture
def before_versions(transactional_db):
    """The models of the version whose rules had no versions yet."""
    executor = MigrationExecutor(connection)
    executor.migrate([("oscar_loyalty", "0018_apologies")])
    yield executor.loader.project_state([("oscar_loyalty", "0018_apologies")]).apps
    call_command("migrate", verbosity=0)


def test_rules_go_on_as_first_versions_and_back(before_versions):
    lamp, gifts = world.product("10.00"), factories.RangeFactory(name="Gifts")
    old = before_versions.get_model("oscar_loyalty", "EarningRule").objects
    programme = before_versions.get_model("oscar_loyalty", "Programme").objects.create(
        name="Larkfield Points",
        currency="GBP",
        time_zone="Europe/London",
        starts_at=datetime(2020, 1, 1, tzinfo=timezone.utc),
        redeemable=False,
    )
    old.create(programme=programme, product_id=lamp.pk, extra_points=5, expiry_months=6)
    old.create(programme=programme, range_id=gifts.pk, excludes=True)
    call_command("migrate", verbosity=0)
    says = ("number", "effect", "points", "every", "product", "range", "expiry_months")
    found = RuleVersion.objects.order_by("pk").values_list(*says, "in_force_from", "retired")
    assert list(found) == [
        (1, "points", 5, 1, lamp.pk, None, 6, None, False),
        (1, "excludes", 0, None, None, gifts.pk, None, None, False),
    ]
    assert world.place(world.customer("bob"), products=[lamp, lamp])
    assert Account.objects.get().balance == 30
    # What could not be said before is left out on the way back.
    world.rule(points=7)
    executor = MigrationExecutor(connection)
    executor.migrate([("oscar_loyalty", "0018_apologies")])
    found = old.order_by("pk").values_list("product", "range", "extra_points", "excludes")
    assert list(found) == [(lamp.pk, None, 5, False), (None, gifts.pk, 0, True)]
