"""An Oscar shop with the loyalty plugin on. One command starts it: ``make demo``."""

from .celery import app as celery_app

__all__ = ["celery_app"]
