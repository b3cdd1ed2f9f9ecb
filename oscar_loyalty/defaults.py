"""
Defaults for a shop's settings: `from oscar_loyalty.defaults import *` after Oscar's own.

Give OSCAR_LOYALTY_BEAT_SCHEDULE to Celery's beat, or run `loyalty_run` by cron.
"""

OSCAR_LOYALTY_BEAT_SCHEDULE = {
    "oscar-loyalty-due-jobs": {"task": "oscar_loyalty.run_due_jobs", "schedule": 300.0},
}
