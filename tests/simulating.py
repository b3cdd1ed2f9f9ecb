"""Drafts of the programme, and what came of them, as tests begin with them."""

from decimal import Decimal

from django.utils import timezone

from oscar_loyalty.flows import programme_drafted, programme_simulated
from tests import world
from tests.integration.pasts import AT


def draft(name="A try", **terms):
    """A draft that says what the programme says, but for these terms."""
    begun = programme_drafted.begin(name, actor="user:1", at=timezone.now())
    begun.says["terms"] |= terms
    begun.save()
    return begun


def asked(begun, at=AT):
    """A simulation that waits."""
    return programme_simulated.ask(begun.pk, first=None, last=None, actor="user:1", at=at)


def simulation(begun, *, first=None, last=None, at=None):
    """One that has come to its end."""
    at = at or timezone.now()
    asked = programme_simulated.ask(begun.pk, first=first, last=last, actor="user:1", at=at)
    assert programme_simulated.run_due(at=at) == 1
    asked.refresh_from_db()
    assert (asked.state, asked.orders_done) == ("done", asked.orders)
    return asked


def rows():
    """Of each argument in the addresses of our pages, one that there is; one order at least."""
    rule = world.rule(points=5, minimum=Decimal(50))
    made = simulation(draft())
    return {"draft_id": made.draft_id, "simulation_id": made.pk, "rule": str(rule.rule_id)}
