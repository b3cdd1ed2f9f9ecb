"""
Wakes a worker when there is something to do; who does not hear it finds it by the clock.

The shop's own Celery app is asked. It may be down: that costs one request its time-out, and then
nobody asks again for a while.
"""

import logging
import time
from functools import partial

from celery import current_app
from django.db import connection, transaction

logger = logging.getLogger("oscar_loyalty")

TASK = "oscar_loyalty.deliver_messages"
SIMULATE = "oscar_loyalty.run_simulations"
#: Seconds that a process does not ask again after it got no answer.
PAUSE = 30.0

_asleep_until = 0.0


def after_commit(task: str = TASK) -> None:
    """Wake a worker once the transaction has committed, once for all that it wrote."""
    if all(waiting is not _WAKE[task] for _savepoints, waiting, *_how in connection.run_on_commit):
        transaction.on_commit(_WAKE[task], robust=True)


def _wake(task: str) -> None:
    global _asleep_until
    if time.monotonic() < _asleep_until or not _has_broker():
        return
    try:
        # One try: a broker that is down must not be waited for again and again.
        current_app.tasks[task].apply_async(retry_policy={"max_retries": 0})
    except Exception as error:
        _asleep_until = time.monotonic() + PAUSE
        logger.warning("loyalty: no worker could be woken (%s)", type(error).__name__)


_WAKE = {task: partial(_wake, task) for task in (TASK, SIMULATE)}


def _has_broker() -> bool:
    """Whether the shop has a Celery app of its own; another would look for RabbitMQ."""
    conf = current_app.conf
    return bool(conf.broker_url or conf.broker_write_url or conf.task_always_eager)
