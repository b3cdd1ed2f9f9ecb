"""Points that cannot expire stop nobody else's, and nothing is done by half."""

import re

import pytest
from django.db import connection

from oscar_loyalty.flows import points_expired
from oscar_loyalty.models import Account, Draw
from tests import world
from tests.integration.ageing import earn, left, on, terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(db):
    made = world.programme(expiry="after-earning", expiry_months=12, time_zone="UTC")
    terms(made, expiry_tightened_at=None)
    return world.member("dora")


def test_a_chunk_that_fails_leaves_no_trace(dora, monkeypatch):
    earn(dora, 30, at=on("2025-01-10"))

    def fail(execute, sql, *rest):
        if re.search(r'UPDATE "?oscar_loyalty_account"?( AS account)?\s+SET "?balance', sql):
            raise RuntimeError
        return execute(sql, *rest)

    with connection.execute_wrapper(fail), pytest.raises(RuntimeError):
        points_expired.run(at=on("2026-02-01"))
    dora.refresh_from_db()
    assert (dora.balance, left(dora), Draw.objects.count()) == (30, [30], 0)


def test_broken_books_of_one_member_stop_no_other(dora):
    eve = world.member("eve")
    for member in (dora, eve):
        earn(member, 30, at=on("2025-01-10"))
    Account.objects.filter(pk=dora.pk).update(seq=0)
    with pytest.raises(RuntimeError):
        points_expired.run(at=on("2026-02-01"))
    assert (left(dora), left(eve)) == ([30], [])
