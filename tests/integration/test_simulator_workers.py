"""Who replays a draft, and when: whoever is waked, or the due jobs; again, where one died."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from oscar_loyalty.flows import due_jobs, programme_simulated
from oscar_loyalty.models import Programme
from oscar_loyalty.program.simulation import services as simulations
from tests.integration.pasts import AT, with_past
from tests.simulating import asked, draft

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def test_the_due_jobs_do_it(programme):
    with_past("10.00")
    made = asked(draft())
    assert made.state == "waiting"
    assert due_jobs.run(at=AT)["simulations"] == 1
    assert due_jobs.run(at=AT)["simulations"] == 0
    made.refresh_from_db()
    assert (made.state, made.orders_done, made.leased_until) == ("done", 1, None)


def test_one_that_was_killed_is_begun_again(programme):
    with_past("10.00")
    made = asked(draft())
    killed = simulations.claim(made.pk, at=AT)
    assert programme_simulated.run_due(at=AT + 4 * MINUTE) == 0
    assert programme_simulated.run_due(at=AT + 5 * MINUTE) == 1
    # Whoever lost the lease keeps nothing.
    assert not simulations.finish(killed, {"members": 99}, at=AT + 6 * MINUTE)
    made.refresh_from_db()
    assert (made.state, made.attempts, made.results["members"]) == ("done", 2, 1)


def test_one_that_waits_for_another_is_leased_from_when_it_begins(programme, monkeypatch):
    with_past("10.00")
    asked(draft())
    asked(draft())
    passed, leases = [0], []

    def replay(simulation, _go_on):
        leases.append(simulation.leased_until)
        passed[0] += 600
        return {}

    monkeypatch.setattr(programme_simulated, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    monkeypatch.setattr(programme_simulated, "replay", replay)
    assert programme_simulated.run_due(at=AT) == 2
    assert leases == [AT + 5 * MINUTE, AT + 15 * MINUTE]


def test_one_that_kills_every_worker_is_given_up(programme):
    with_past("10.00")
    made = asked(draft())
    for number in range(3):
        assert simulations.claim(made.pk, at=AT + number * 5 * MINUTE)
    assert simulations.claim(made.pk, at=AT + 15 * MINUTE) is None
    made.refresh_from_db()
    assert (made.state, made.results) == ("failed", None)


def test_one_that_fails_says_so(programme, monkeypatch, caplog):
    with_past("10.00")
    made = asked(draft())
    Programme.objects.all().delete()
    assert programme_simulated.run_due(at=AT) == 0
    made.refresh_from_db()
    assert (made.state, f"the simulation {made.pk} failed" in caplog.text) == ("failed", True)
