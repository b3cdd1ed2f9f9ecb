"""
Defaults for a shop's settings: `from oscar_loyalty.defaults import *` after Oscar's own.

Give OSCAR_LOYALTY_BEAT_SCHEDULE to Celery's beat, or run `loyalty_run` by cron. The Celery settings
are for an app that reads them from Django's settings under the namespace CELERY; with them a broker
that is down, or does not answer, costs a shopper a second at most. What the shop sets afterwards
replaces them.
"""

import django
from oscar.defaults import OSCAR_DASHBOARD_NAVIGATION as _OSCARS_MENU

from oscar_loyalty.dashboard.menu import MENU as _MENU

OSCAR_DASHBOARD_NAVIGATION = [*_OSCARS_MENU, _MENU]

OSCAR_LOYALTY_BEAT_SCHEDULE = {
    # What no worker had time for is not piled up: the next round does it.
    "oscar-loyalty-due-jobs": {
        "task": "oscar_loyalty.run_due_jobs",
        "schedule": 300.0,
        "options": {"expires": 290},
    },
    "oscar-loyalty-messages": {
        "task": "oscar_loyalty.deliver_messages",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
}

CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
    "socket_keepalive": True,
    # A task that is not done by then is given to another worker: longer than any may take.
    "visibility_timeout": 600,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 0}
# Django's default is to wait for a mail server for ever. From 6.1 on this would forbid MAILERS,
# whose option `timeout` takes its place.
if django.VERSION < (6, 1):
    EMAIL_TIMEOUT = 10
