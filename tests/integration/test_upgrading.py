"""A shop that runs an older version is upgraded."""

from datetime import datetime, timezone

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from oscar_loyalty.models import Programme
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
