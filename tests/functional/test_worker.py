"""A real Celery worker on a real Redis does the due jobs."""

import uuid
from time import monotonic, sleep

import pytest
from celery.contrib.testing.worker import start_worker
from django.db import connections

from oscar_loyalty import tasks
from oscar_loyalty.models import Account
from sandbox.celery import app
from tests import world


@pytest.fixture
def worker(require_redis, transactional_db):
    """A worker with a queue of its own, so that nobody else's tasks are touched."""
    queue = f"loyalty-test-{uuid.uuid4().hex}"
    app.conf.update(broker_url=require_redis, task_default_queue=queue)
    with start_worker(app, pool="threads", concurrency=1, perform_ping_check=False, queues=[queue]):
        yield queue
    connections.close_all()


def test_the_due_jobs_run_in_a_worker(worker):
    world.programme()
    bob = world.customer("bob")
    world.unsignalled(bob, "25.00")
    tasks.run_due_jobs.apply_async(queue=worker)
    tasks.run_due_jobs.apply_async(queue=worker)
    account = Account.objects.get(user=bob)
    assert eventually(lambda: account.entries.count() == 1)
    account.refresh_from_db()
    assert (account.balance, account.seq) == (25, 1)


def eventually(condition, seconds=20):
    """Whether the condition comes true in time."""
    end = monotonic() + seconds
    while monotonic() < end:
        if condition():
            return True
        sleep(0.1)
    return False
