"""
The shop's Celery app whose senders die at the worst moments, for ``celery -A`` and a test.

It is told by the environment where mails go, which broker there is, how likely a death is, and the
file into which each one writes where it died; once the file CALM is there, nobody dies any more.
"""

import os
from datetime import timedelta
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

# Only with Django ready can what is ours be imported.
from django.conf import settings  # noqa: E402

from oscar_loyalty import wake_up  # noqa: E402
from oscar_loyalty.program.messages import policy  # noqa: E402
from sandbox.celery import app  # noqa: E402
from tests.post_office import make_deadly  # noqa: E402

HERE = Path(os.environ["LOYALTY_POST_FOLDER"])
JOURNAL, CALM = HERE / "deaths", HERE / "calm"

settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["LOYALTY_POST_PORT"])
app.conf.update(
    broker_url=os.environ["LOYALTY_POST_BROKER"],
    beat_schedule={
        "post": {"task": wake_up.TASK, "schedule": 1.0},
        "jobs": {"task": "oscar_loyalty.run_due_jobs", "schedule": 5.0},
    },
    worker_hijack_root_logger=False,
)
# Longer than a mail takes here, and short enough to see what the next sender makes of it.
policy.LEASE = timedelta(seconds=10)
make_deadly(JOURNAL, odds=float(os.environ["LOYALTY_POST_ODDS"]), calm=CALM)
