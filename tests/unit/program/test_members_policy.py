"""What keeps a member from spending, and what counts as a change of how they sign in."""

from datetime import datetime, timedelta, timezone

import pytest

from oscar_loyalty.facts import Credentials
from oscar_loyalty.program.ledger.policy import Restraint, merge_key
from oscar_loyalty.program.members.policy import changed

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
MOMENT = timedelta(microseconds=1)
DORA = Credentials("dora@example.com", "pbkdf2$1")


@pytest.mark.parametrize(
    ("case", "restraint", "holds"),
    [
        ("nobody said anything", Restraint(), False),
        ("staff blocked them", Restraint(blocked=True), True),
        ("blocked, and the pause is over", Restraint(True, NOON - MOMENT), True),
        ("the pause goes on", Restraint(paused_until=NOON + MOMENT), True),
        ("the pause ends now", Restraint(paused_until=NOON), False),
        ("the pause has ended", Restraint(paused_until=NOON - MOMENT), False),
    ],
)
def test_restraint(case, restraint, holds):
    assert restraint.holds(NOON) is holds


@pytest.mark.parametrize(
    ("case", "after", "changes"),
    [
        ("nothing", Credentials("dora@example.com", "pbkdf2$1"), ()),
        ("capitals", Credentials("Dora@Example.com", "pbkdf2$1"), ()),
        ("blanks around it", Credentials(" dora@example.com ", "pbkdf2$1"), ()),
        ("another address", Credentials("d@example.com", "pbkdf2$1"), ("email-changed",)),
        ("no address any more", Credentials("", "pbkdf2$1"), ("email-changed",)),
        ("another password", Credentials("dora@example.com", "x"), ("password-changed",)),
        ("both", Credentials("d@example.com", "x"), ("email-changed", "password-changed")),
    ],
)
def test_changed(case, after, changes):
    assert changed(DORA, after) == changes


def test_a_first_address_is_no_change():
    assert changed(Credentials("", "x"), Credentials("dora@example.com", "x")) == ()


def test_keys_of_a_merge():
    assert (merge_key(7), merge_key(7, 3), merge_key(7, 0)) == ("merge:7", "merge:7:3", "merge:7:0")
