"""
System checks: what is wrong with an installation, before a shopper finds out.

E001 the app is listed after Oscar            W001 nothing runs the due jobs
E002 the URLs are not mounted                 W002 the broker is unfit for production
E003 the database is not supported            W003 SQLite in production
E004 a setting is of the wrong type           W004 a template of the shop hides one of ours
E005 a channel of messages cannot be used     W005 a silent broker would be waited for
                                              W007 a silent mail server would be waited for
                                              W008 mails come from Oscar's default address
                                              W009 the dashboard has no menu of ours

With `check --database default`:
W006 links in messages lead to example.com    I001 there is no programme yet
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from celery import current_app
from django.apps import apps
from django.conf import settings
from django.contrib.sites.models import Site
from django.core import checks
from django.core.checks import CheckMessage
from django.db import DatabaseError, connections
from django.template import Template, TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse
from oscar import defaults as oscar_defaults

from oscar_loyalty import conf
from oscar_loyalty.shop import channels

OVERLAYS = Path(__file__).parent / "templates" / "oscar"
UNFIT_BROKERS = ("filesystem://", "memory://")
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def register() -> None:
    """Make Django run these checks."""
    for check in (
        app_order,
        urls,
        database,
        setting_types,
        schedule,
        broker,
        waiting_for_the_broker,
        sqlite,
        overlays,
        ways_to_members,
        waiting_for_the_mail_server,
        sender,
        menu,
    ):
        checks.register(check, "oscar_loyalty")
    for check in (programme, site):
        checks.register(check, checks.Tags.database)


def app_order(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Our templates extend Oscar's of the same name, so we must be found first."""
    names = [config.name for config in apps.get_app_configs()]
    oscars = [names.index(name) for name in names if name.startswith("oscar.")]
    if not oscars or names.index("oscar_loyalty") < min(oscars):
        return []
    return [
        checks.Error(
            "oscar_loyalty is listed after Oscar in INSTALLED_APPS.",
            hint='Put "oscar_loyalty" before "oscar.config.Shop" and every other app of Oscar.',
            id="oscar_loyalty.E001",
        )
    ]


def urls(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Without our URLs every account page would fail."""
    try:
        reverse("oscar_loyalty:account")
    except NoReverseMatch:
        return [
            checks.Error(
                "The URLs of oscar_loyalty are not mounted.",
                hint='Add path("", include("oscar_loyalty.urls")) before Oscar\'s URLs.',
                id="oscar_loyalty.E002",
            )
        ]
    return []


def database(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """The ledger's statements are written for these two."""
    vendor = connections["default"].vendor
    if vendor in ("postgresql", "sqlite"):
        return []
    return [
        checks.Error(
            f"oscar_loyalty does not support the database {vendor}.",
            hint="Use PostgreSQL (SQLite for development).",
            id="oscar_loyalty.E003",
        )
    ]


def setting_types(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """A setting of another type would only fail in the middle of a job."""
    wrong = []
    for setting in conf.ALL:
        exact = isinstance(setting.default, (int, str, dict))
        expected = type(setting.default) if exact else (list, tuple, set, frozenset)
        value: Any = setting()
        if not isinstance(value, expected) or (isinstance(value, int) and value < setting.least):
            wrong.append(setting.name)
    return [
        checks.Error(
            f"The setting {name} has an impossible value.",
            hint="See the settings table in the README.",
            id="oscar_loyalty.E004",
        )
        for name in wrong
    ]


def ways_to_members(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Staff would choose a channel by which nothing leaves."""
    ways = conf.CHANNELS()
    if not isinstance(ways, dict):
        return []  # E004 says so
    wrong = {code: why for code in ways if (why := _why_not(code))}
    if "email" not in ways:
        wrong["email"] = "every shop needs it"
    return [
        checks.Error(
            f"The channel {code!r} in OSCAR_LOYALTY_CHANNELS cannot be used: {why}.",
            hint="Give the path of a class that extends oscar_loyalty.shop.channels.Channel and "
            "is made without arguments.",
            id="oscar_loyalty.E005",
        )
        for code, why in wrong.items()
    ]


def schedule(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """A signal can be missed; only the due jobs are the guarantee."""
    beat = getattr(settings, "CELERY_BEAT_SCHEDULE", {})
    tasks = {entry.get("task") for entry in beat.values()}
    if {"oscar_loyalty.run_due_jobs", "oscar_loyalty.deliver_messages"} <= tasks:
        return []
    return [
        checks.Warning(
            "Nothing is scheduled to run the due jobs of oscar_loyalty, or to send its messages.",
            hint="Add OSCAR_LOYALTY_BEAT_SCHEDULE to CELERY_BEAT_SCHEDULE. If cron runs "
            "`manage.py loyalty_run` every few minutes, silence this check.",
            id="oscar_loyalty.W001",
        )
    ]


def broker(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Brokers that are good for a demo lose tasks or run in one process only."""
    url = str(getattr(settings, "CELERY_BROKER_URL", ""))
    eager = getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False)
    if settings.DEBUG or not (eager or url.startswith(UNFIT_BROKERS)):
        return []
    return [
        checks.Warning(
            "Celery runs eagerly or on a broker that is unfit for production.",
            hint="Set CELERY_BROKER_URL to Redis or RabbitMQ.",
            id="oscar_loyalty.W002",
        )
    ]


def waiting_for_the_broker(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Celery's defaults wait for a silent broker for ever: whoever has ordered waits with them."""
    conf = current_app.conf
    if not str(conf.broker_write_url or conf.broker_url or "").startswith(("redis", "valkey")):
        return []
    options, retries = conf.broker_transport_options, conf.task_publish_retry_policy
    missing = [name for name in ("socket_connect_timeout", "socket_timeout") if name not in options]
    if (retries or {}).get("max_retries") != 0:
        missing.append("task_publish_retry_policy")
    if not missing:
        return []
    return [
        checks.Warning(
            f"Celery may wait long for its broker: {', '.join(missing)} not set.",
            hint="Write `from oscar_loyalty.defaults import *` before your own Celery settings, "
            "and add to its dictionaries instead of replacing them.",
            id="oscar_loyalty.W005",
        )
    ]


def waiting_for_the_mail_server(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Django's default waits for a silent mail server for ever, and all messages with it."""
    # Where Django knows MAILERS and the shop has them, the older settings cannot be read.
    mailers = getattr(settings, "MAILERS", None)
    if mailers is None:
        backend, seconds = settings.EMAIL_BACKEND, settings.EMAIL_TIMEOUT
    else:
        default = mailers.get("default", {})
        backend = default.get("BACKEND", SMTP)
        seconds = default.get("OPTIONS", {}).get("timeout")
    if backend != SMTP or seconds is not None:
        return []
    return [
        checks.Warning(
            "A mail server that does not answer would be waited for without end.",
            hint="Set EMAIL_TIMEOUT, or the option `timeout` in MAILERS, to some seconds.",
            id="oscar_loyalty.W007",
        )
    ]


def sender(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Nobody's address: mail servers refuse it, and answers get lost."""
    if oscar_defaults.OSCAR_FROM_EMAIL != settings.OSCAR_FROM_EMAIL:
        return []
    return [
        checks.Warning(
            f"Mails come from {settings.OSCAR_FROM_EMAIL}, Oscar's default.",
            hint="Set OSCAR_FROM_EMAIL to an address of the shop.",
            id="oscar_loyalty.W008",
        )
    ]


def menu(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Staff would not find our pages."""
    entries = getattr(settings, "OSCAR_DASHBOARD_NAVIGATION", [])
    pages = [page for entry in entries for page in (entry, *entry.get("children", []))]
    if any(str(page.get("url_name", "")).startswith("oscar_loyalty:") for page in pages):
        return []
    return [
        checks.Warning(
            "Oscar's dashboard has no menu for oscar_loyalty.",
            hint="Write `from oscar_loyalty.defaults import *` below Oscar's own line, and add to "
            "OSCAR_DASHBOARD_NAVIGATION instead of replacing it.",
            id="oscar_loyalty.W009",
        )
    ]


def sqlite(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """SQLite has one writer and, unless told otherwise, fails instead of waiting."""
    database = connections["default"]
    if database.vendor != "sqlite":
        return []
    immediate = database.settings_dict.get("OPTIONS", {}).get("transaction_mode") == "IMMEDIATE"
    if immediate and settings.DEBUG:
        return []
    return [
        checks.Warning(
            "oscar_loyalty runs on SQLite.",
            hint="Use PostgreSQL in production; in development set "
            'OPTIONS = {"transaction_mode": "IMMEDIATE"}.',
            id="oscar_loyalty.W003",
        )
    ]


def overlays(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """Where the shop replaces a template that we extend, it has to place our tag itself."""
    hidden = [name for name in _overlay_names() if not _reaches_ours(name)]
    return [
        checks.Warning(
            f"The shop's own {name} hides what oscar_loyalty adds to that page.",
            hint="Extend the template of the same name in it, or place our template tag there "
            "(see the README) and silence this check.",
            id="oscar_loyalty.W004",
        )
        for name in hidden
    ]


def programme(app_configs: Any, databases: Any = None, **kwargs: Any) -> Sequence[CheckMessage]:
    """Until there is a programme nothing is earned."""
    from oscar_loyalty.program.terms.models import Programme

    if "default" not in (databases or ()):
        return []
    try:
        if Programme.objects.exists():
            return []
    except DatabaseError:  # `migrate` checks before it has made the tables
        return []
    return [
        checks.Info(
            "There is no loyalty programme yet.",
            hint="Run `manage.py loyalty_setup`.",
            id="oscar_loyalty.I001",
        )
    ]


def site(app_configs: Any, databases: Any = None, **kwargs: Any) -> Sequence[CheckMessage]:
    """Links in messages would lead to somebody else's pages."""
    if "default" not in (databases or ()) or conf.BASE_URL():
        return []
    own = Site.objects.filter(pk=getattr(settings, "SITE_ID", None), domain="example.com")
    try:
        if not own.exists():
            return []
    except DatabaseError:  # `migrate` checks before it has made the tables
        return []
    return [
        checks.Warning(
            "Links in messages lead to example.com.",
            hint="Set the domain of the site in the admin, or OSCAR_LOYALTY_BASE_URL.",
            id="oscar_loyalty.W006",
        )
    ]


def _why_not(code: str) -> str:
    """What is wrong with a channel of the shop; empty if it can be used."""
    # As `Message.channel` and the keys of messages can hold it.
    if not re.fullmatch(r"[a-z0-9_-]{1,16}", str(code)):
        return "its name needs 1 to 16 small letters or digits"
    try:
        channels.named(code)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _overlay_names() -> list[str]:
    return [str(path.relative_to(OVERLAYS.parent)) for path in sorted(OVERLAYS.rglob("*.html"))]


def _reaches_ours(name: str) -> bool:
    """Whether the first template of that name is ours, or extends towards it."""
    try:
        template = getattr(get_template(name), "template", None)
    except TemplateDoesNotExist:
        return True
    except (TemplateSyntaxError, UnicodeDecodeError):
        return False
    if not isinstance(template, Template):
        return False  # another engine's, which can extend none of Django's
    if Path(template.origin.name).is_relative_to(OVERLAYS.parent):
        return True
    return f'extends "{name}"' in template.source or f"extends '{name}'" in template.source
