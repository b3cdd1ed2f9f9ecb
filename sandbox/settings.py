"""
Settings of the sandbox shop.

``DATABASE_URL`` chooses another database than the SQLite file; ``SANDBOX_VAR`` another folder for
all that the shop writes (database, pictures, mails, broker).
"""

import os
from pathlib import Path

import dj_database_url
import oscar
from django.contrib.messages import constants as message_levels
from django.utils.translation import gettext_lazy as _
from oscar.defaults import *  # noqa: F403

from oscar_loyalty.defaults import *  # noqa: F403

HERE = Path(__file__).resolve().parent
VAR = Path(os.environ.get("SANDBOX_VAR") or HERE / "var").resolve()
MAILS = VAR / "mails"
BROKER = VAR / "broker"
for folder in (VAR, MAILS, BROKER):
    folder.mkdir(parents=True, exist_ok=True)

DEBUG = True
# For this machine only: the sandbox is never a public shop.
SECRET_KEY = "sandbox-only-not-a-secret"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
ROOT_URLCONF = "sandbox.urls"
WSGI_APPLICATION = "sandbox.wsgi.application"
SITE_ID = 1
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Apps

FORKS = {"oscar.apps.shipping.apps.ShippingConfig": "sandbox.shipping.apps.ShippingConfig"}
INSTALLED_APPS = [
    "oscar_loyalty",
    *(FORKS.get(app, app) for app in oscar.INSTALLED_APPS),
    "sorl.thumbnail",
    "sandbox.shop",
]
# The fork changes no model, so it needs no copy of Oscar's migrations.
MIGRATION_MODULES = {"shipping": "oscar.apps.shipping.migrations"}

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.debug",
                "django.template.context_processors.i18n",
                "django.template.context_processors.media",
                "django.template.context_processors.static",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oscar.apps.search.context_processors.search_form",
                "oscar.apps.checkout.context_processors.checkout",
                "oscar.apps.communication.notifications.context_processors.notifications",
                "oscar.core.context_processors.metadata",
            ],
        },
    }
]
MESSAGE_TAGS = {message_levels.ERROR: "danger"}

# Storage

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": VAR / "db.sqlite3"}}
if os.environ.get("DATABASE_URL"):
    DATABASES["default"] = dj_database_url.config()
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A transaction that reads first and writes later would otherwise fail at once with "database
    # is locked" when the worker writes at the same time; IMMEDIATE lets it wait its turn.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR / "media"
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "sandbox.search.ProductEngine"}}
# That engine searches the table itself: there is no index to keep in step.
HAYSTACK_SIGNAL_PROCESSOR = "haystack.signals.BaseSignalProcessor"

# People

AUTHENTICATION_BACKENDS = [
    "oscar.apps.customer.auth_backends.EmailBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_REDIRECT_URL = "/"

# Languages and time

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("ar", _("Arabic")),
    ("fa", _("Persian")),
    ("pl", _("Polish")),
    ("el", _("Greek")),
]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/London"

# Mail and background jobs

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = MAILS
DEFAULT_FROM_EMAIL = OSCAR_FROM_EMAIL = "shop@example.com"
CELERY_BROKER_URL = "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": str(BROKER),
    "data_folder_out": str(BROKER),
    "control_folder": str(VAR / "broker-control"),
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {**OSCAR_LOYALTY_BEAT_SCHEDULE}  # noqa: F405
CELERY_TIMEZONE = TIME_ZONE

# The shop

# The demo has no certificate.
OSCAR_LOYALTY_BASE_URL = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
OSCAR_SHOP_NAME = "Larkfield"
OSCAR_SHOP_TAGLINE = "Books, music, garden, kitchen"
OSCAR_DEFAULT_CURRENCY = "GBP"
OSCAR_ALLOW_ANON_CHECKOUT = True

# Staff may reinstate what was cancelled by mistake.
OSCAR_ORDER_STATUS_PIPELINE = {
    "Pending": ("Being processed", "Cancelled"),
    "Being processed": ("Complete", "Cancelled"),
    "Complete": (),
    "Cancelled": ("Pending",),
}
OSCAR_LINE_STATUS_PIPELINE = OSCAR_ORDER_STATUS_PIPELINE
OSCAR_ORDER_STATUS_CASCADE = {status: status for status in OSCAR_ORDER_STATUS_PIPELINE}
OSCAR_INITIAL_ORDER_STATUS = OSCAR_INITIAL_LINE_STATUS = "Pending"
