"""
Settings of the test suite: the sandbox shop, made quick and left clean.

``DATABASE_URL`` chooses the database (SQLite when unset), ``CELERY_BROKER_URL`` the Redis that
broker tests talk to, ``KEEP_TEST_DATABASE=NAME`` a SQLite file that outlives the run, for
``pytest --reuse-db``, ``PREPARED=1`` statements that PostgreSQL keeps, as the README advises.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Set before the sandbox is read: a test run must not write into the demo shop's own folder, nor
# share a database file with another run.
if "SANDBOX_VAR" not in os.environ:
    os.environ["SANDBOX_VAR"] = tempfile.mkdtemp(prefix="loyalty-tests-")
    atexit.register(shutil.rmtree, os.environ["SANDBOX_VAR"], ignore_errors=True)

from oscar_loyalty import defaults
from sandbox.settings import *  # noqa: F403
from sandbox.settings import DATABASES, VAR

DEBUG = False
OSCAR_LOYALTY_BASE_URL = ""
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "redis://127.0.0.1:6379/")
CELERY_BROKER_TRANSPORT_OPTIONS = defaults.CELERY_BROKER_TRANSPORT_OPTIONS

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads sharing a database in memory lock whole tables and wait for
    # nobody. Nothing here has to survive a power cut, so do not wait for the disk.
    kept = os.environ.get("KEEP_TEST_DATABASE")
    DATABASES["default"]["TEST"] = {"NAME": str(Path(kept) if kept else VAR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
elif os.environ.get("PREPARED"):
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        {"server_side_binding": True, "prepare_threshold": 5}
    )
