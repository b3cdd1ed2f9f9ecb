"""What `loyalty_backfill` prints, and what it refuses."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from oscar_loyalty.models import Programme
from tests.integration.pasts import books, day, with_past

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_books")]


def command(*options):
    out, err = StringIO(), StringIO()
    call_command("loyalty_backfill", *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


class TestCommand:
    @pytest.fixture(autouse=True)
    def tiers_last(self, programme):
        """The command runs by the real clock."""
        programme.window = "lifetime"
        programme.save()

    def test_prints_the_programme_as_it_stands(self, silver):
        with_past("120.00", "10.50", name="alice")
        with_past("5.00", name="bob")
        out, err = command()
        assert out.splitlines() == [
            "Members: 2",
            "Orders: 3 (3 of them now)",
            "Points: 140 (140 of them now)",
            "No tier: 1",
            "Silver: 1",
            "Liability: £1.40",
        ]
        assert "Orders" in err

    def test_a_dry_run_says_so_and_prints_the_same(self, silver):
        with_past("120.00", "10.50", name="alice")
        before = books()
        dry = command("--dry-run")[0].splitlines()
        assert books() == before
        assert dry[0] == "Dry run: nothing was changed. The programme would stand like this."
        assert command()[0].splitlines() == dry[1:]

    def test_json_for_machines(self, silver):
        with_past("120.00", name="alice")
        out, err = command("--json")
        assert err == ""
        assert json.loads(out) == {
            "members": 1,
            "orders": 1,
            "points": 120,
            "tiers": {"": 0, "Silver": 1},
            "liability": "1.20",
            "currency": "GBP",
            "orders_awarded": 1,
            "points_awarded": 120,
        }

    def test_since(self, programme):
        with_past("10.00", "20.00")
        out, _err = command("--since", str(day(1).date()))
        assert "Points: 20 (20 of them now)" in out

    @pytest.mark.parametrize(
        "text", ["", "yesterday", "2026-02-30", "2026-13-01", "31.01.2026", "2026-01-31T10:00"]
    )
    def test_refuses_what_is_no_day(self, programme, text):
        with_past("10.00")
        self.refused(f"--since={text}", says="is not a day; write it as 2026-01-31.")

    @pytest.mark.parametrize("text", ["9999-12-31", "2999-01-01"])
    def test_refuses_the_future(self, programme, text):
        with_past("10.00")
        self.refused(f"--since={text}", says="The date lies in the future; name a past one.")

    @pytest.mark.parametrize("there", [False, True])
    def test_refuses_without_an_active_programme(self, programme, there):
        with_past("10.00")
        Programme.objects.update(active=False)
        if not there:
            Programme.objects.all().delete()
        self.refused(says="no active programme")

    def refused(self, *options, says):
        before = books()
        with pytest.raises(CommandError, match=says):
            command(*options)
        assert books() == before
