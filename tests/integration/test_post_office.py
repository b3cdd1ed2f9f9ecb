"""The post goes out though senders die, and orders are placed though the broker does."""

import time
import uuid
from datetime import timedelta

import pytest
from celery.contrib.testing.worker import start_worker
from django.core import mail
from django.db import connections, transaction
from django.utils import timezone

from oscar_loyalty import defaults, wake_up
from oscar_loyalty.flows import messages_delivered
from oscar_loyalty.models import Message
from oscar_loyalty.program.messages import policy
from sandbox.celery import app
from tests import world
from tests.birthdays import celebrated, guests
from tests.functional.test_worker import eventually
from tests.mailing import states, switch_on
from tests.post_office import (
    Presents,
    generation,
    mail_server,
    presents_of,
    redis_of_our_own,
    silent_broker,
)

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = 30


@pytest.fixture
def thanks(programme):
    switch_on("thank-you")


@pytest.fixture
def broker(monkeypatch):
    """Choose the shop's broker, for a queue that nobody else has."""
    before = {name: app.conf[name] for name in ("broker_url", "task_default_queue")}
    monkeypatch.setattr(wake_up, "_asleep_until", 0.0)

    def choose(url):
        app.conf.update(
            broker_url=url,
            task_default_queue=f"loyalty-test-{uuid.uuid4().hex}",
            broker_transport_options=defaults.CELERY_BROKER_TRANSPORT_OPTIONS,
            task_publish_retry_policy=defaults.CELERY_TASK_PUBLISH_RETRY_POLICY,
        )
        app._after_fork()  # drops the connections to another broker
        return app.conf.task_default_queue

    yield choose
    app.conf.update(**before)
    app._after_fork()


def test_no_mail_or_coupon_is_lost_and_no_mail_doubled_but_by_a_death_after_sending(
    thanks, settings, tmp_path, require_postgres
):
    """Each sender that dies leaves its mail to the next generation, a lease later."""
    celebrated()
    members = guests(6)
    for number in range(ORDERS):
        world.place(members[number % 6].user, "5.00")
    journal, at = tmp_path / "deaths", timezone.now()
    journal.touch()
    with mail_server(settings) as server:
        for _generation in range(60):
            generation(journal, at=at, senders=3, odds=0.15)
            at += policy.LEASE + timedelta(seconds=1)
            if Message.objects.filter(state="sent").count() == ORDERS + len(members):
                break
    deaths = journal.read_text().split("\n")[:-1]
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert len(server.arrived) == ORDERS + len(members)
    assert server.arrived.total() - len(server.arrived) == deaths.count("after send")
    assert presents_of(members, server, at=timezone.now()) == Presents(0, 0, 0)
    assert len(deaths) >= 5


class TestTheBroker:
    def test_wakes_a_worker_as_soon_as_the_order_is_there(self, thanks, bob, broker):
        with redis_of_our_own() as redis:
            queue = broker(redis.url)
            with start_worker(
                app, pool="threads", concurrency=1, perform_ping_check=False, queues=[queue]
            ):
                world.place(bob, "25.00")
                assert eventually(lambda: len(mail.outbox) == 1)
            connections.close_all()
        assert [state for _key, state, _why in states()] == ["sent"]

    def test_is_asked_once_for_all_that_a_transaction_writes(self, thanks, bob, broker):
        with redis_of_our_own() as redis:
            queue = broker(redis.url)
            with transaction.atomic():
                for _order in range(3):
                    world.place(bob, "5.00")
            with app.connection_for_read() as connection:
                assert connection.default_channel.client.llen(queue) == 1

    def test_is_not_asked_again_at_once_when_it_is_down(self, thanks, bob, broker, monkeypatch):
        asked = []
        task = app.tasks[wake_up.TASK]
        publish = task.apply_async

        def counted(*args, **kwargs):
            asked.append(kwargs)
            return publish(*args, **kwargs)

        monkeypatch.setattr(task, "apply_async", counted)
        with redis_of_our_own() as redis:
            broker(redis.url)
            redis.stop()
            for number in range(5):
                world.place(bob, "5.00", number=f"{number}")
            assert len(asked) == 1
            monkeypatch.setattr(wake_up, "_asleep_until", 0.0)
            redis.start()
            world.place(bob, "5.00", number="5")
            assert len(asked) == 2
            assert wake_up._asleep_until == 0.0
        assert bob.orders.count() == 6
        # Nothing is lost: what nobody was woken for goes by the clock.
        messages_delivered.run(at=timezone.now())
        assert len(mail.outbox) == 6

    def test_that_never_answers_costs_one_order_its_time_out(self, thanks, bob, broker):
        with silent_broker() as silent:
            broker(silent.url)
            before = time.monotonic()
            for _order in range(3):
                world.place(bob, "5.00")
            # A second by the settings that we ship; without them, for ever.
            assert time.monotonic() - before < 20
            assert len(silent.guests) == 1
        messages_delivered.run(at=timezone.now())
        assert len(mail.outbox) == 3

    def test_is_left_alone_where_the_shop_has_none(self, thanks, bob, broker, monkeypatch):
        broker(None)
        monkeypatch.setattr(wake_up, "_asleep_until", 0.0)
        world.place(bob, "5.00")
        assert wake_up._asleep_until == 0.0
        messages_delivered.run(at=timezone.now())
        assert len(mail.outbox) == 1
