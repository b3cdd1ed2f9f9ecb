"""
The ledger against the oracle, by random walks of 25 steps (see `tests.ledger_machine`).

HYPOTHESIS_PROFILE chooses how many: ``loyalty`` 60, for every run; ``ci`` 150 and ``nightly`` 3000,
which also audit the books after every step instead of after every walk.
"""

import os

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.ledger_machine import HastyMachine, LedgerMachine

WALKS = {"loyalty": 60, "ci": 150, "nightly": 3000}


# Each walk is a transaction of its own, and rolled back.
@pytest.mark.django_db(transaction=True)
# A failure is made as short as it can be before it is shown, and that takes its time.
@pytest.mark.timeout(3600)
def test_the_ledger_does_what_the_oracle_says():
    profile = os.environ.get("HYPOTHESIS_PROFILE", "loyalty")
    run_state_machine_as_test(
        HastyMachine if profile == "loyalty" else LedgerMachine,
        settings=settings(deadline=None, max_examples=WALKS[profile], stateful_step_count=25),
    )
