"""Every Celery job; each calls one flow."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from oscar_loyalty import wake_up
from oscar_loyalty.flows import due_jobs, messages_delivered, programme_simulated

#: A round of sending begins no message after this; the next round goes on.
ROUND = timedelta(seconds=60)


# Acknowledged at once: what takes longer than the broker waits must not be given to another, too.
@shared_task(name="oscar_loyalty.run_due_jobs", ignore_result=True)
def run_due_jobs() -> None:
    """Do everything that is due; a later run makes up for one that is lost."""
    due_jobs.run(at=timezone.now())


# Shorter than the lease of a message: who is killed holds none that another sends, too.
@shared_task(name=wake_up.TASK, ignore_result=True, acks_late=True, time_limit=300)
def deliver_messages() -> int:
    """Send what is due, each with a lease of its own; how many messages were looked at."""
    end, done = timezone.now() + ROUND, 0
    while (at := timezone.now()) < end and messages_delivered.run(at=at, limit=1):
        done += 1
    return done


# Acknowledged at once, for the same reason; the due jobs begin again what was lost.
@shared_task(name=wake_up.SIMULATE, ignore_result=True)
def run_simulations() -> int:
    """Do the simulations that wait; how many came to their end."""
    return programme_simulated.run_due(at=timezone.now())
