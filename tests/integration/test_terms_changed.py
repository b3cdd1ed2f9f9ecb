"""The programme's terms change while points are waiting."""

from datetime import timedelta

import pytest
from django.utils import timezone

from oscar_loyalty.flows import books_audited, due_jobs, order_status_changed
from tests import world

pytestmark = pytest.mark.django_db


def test_points_promised_for_a_day_keep_it_when_a_status_decides_from_now_on(programme, bob):
    programme.spendable, programme.spendable_after_days = "after-days", 14
    programme.save()
    order = world.place(bob, "50.00")
    programme.spendable, programme.spendable_status = "on-status", "Complete"
    programme.save()
    order.status = "Complete"
    order.save()
    order_status_changed.run(order.number, at=timezone.now())
    account = bob.loyalty_account
    assert (account.balance, account.spendable) == (50, 0)
    assert books_audited.run(at=timezone.now()).violations == []
    due_jobs.run(at=timezone.now() + timedelta(days=14))
    account.refresh_from_db()
    assert (account.balance, account.spendable) == (50, 50)
