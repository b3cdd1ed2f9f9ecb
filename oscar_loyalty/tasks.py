"""Every Celery job; each calls one flow."""

from celery import shared_task
from django.utils import timezone

from oscar_loyalty.flows import due_jobs


@shared_task(name="oscar_loyalty.run_due_jobs", ignore_result=True, acks_late=True)
def run_due_jobs() -> None:
    """Do everything that is due; a later run makes up for one that is lost."""
    due_jobs.run(at=timezone.now())
