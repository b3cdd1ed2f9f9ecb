"""What the system checks find, each in a shop that lacks just that."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.sites.models import Site
from django.urls import NoReverseMatch

from oscar_loyalty import checks, conf, defaults
from sandbox.celery import app
from tests import world

ROOT = Path(__file__).resolve().parents[2]


def ids(found):
    return [message.id for message in found]


class TestChecks:
    def test_the_sandbox_is_set_up_well(self):
        for check in (checks.app_order, checks.urls, checks.database, checks.setting_types):
            assert check(None) == []
        assert checks.schedule(None) == []
        assert checks.overlays(None) == []
        assert checks.ways_to_members(None) == []
        assert checks.waiting_for_the_mail_server(None) == []
        assert checks.sender(None) == []

    def test_listed_after_oscar(self, monkeypatch):
        configs = list(checks.apps.get_app_configs())
        monkeypatch.setattr(checks.apps, "get_app_configs", lambda: configs[::-1])
        assert ids(checks.app_order(None)) == ["oscar_loyalty.E001"]

    def test_urls_not_mounted(self, monkeypatch):
        def unknown(name):
            raise NoReverseMatch(name)

        monkeypatch.setattr(checks, "reverse", unknown)
        assert ids(checks.urls(None)) == ["oscar_loyalty.E002"]

    def test_no_menu_in_the_dashboard(self, settings):
        assert checks.menu(None) == []
        settings.OSCAR_DASHBOARD_NAVIGATION = settings.OSCAR_DASHBOARD_NAVIGATION[:-1]
        assert ids(checks.menu(None)) == ["oscar_loyalty.W009"]

    def test_another_database(self, monkeypatch):
        monkeypatch.setattr(checks, "connections", {"default": SimpleNamespace(vendor="mysql")})
        assert ids(checks.database(None)) == ["oscar_loyalty.E003"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("OSCAR_LOYALTY_SWEEP_DAYS", "sixty"),
            ("OSCAR_LOYALTY_SWEEP_DAYS", 0),
            ("OSCAR_LOYALTY_CANCELLED_STATUSES", "Cancelled"),
            ("OSCAR_LOYALTY_CHANNELS", ["oscar_loyalty.shop.channels.Email"]),
        ],
    )
    def test_an_impossible_setting(self, settings, name, value):
        setattr(settings, name, value)
        (found,) = checks.setting_types(None)
        assert (found.id, name in found.msg) == ("oscar_loyalty.E004", True)

    @pytest.mark.parametrize(
        ("code", "path", "why"),
        [
            ("sms", "tests.texting.Sms", ""),
            ("sms", "shop.sms.Sms", "ModuleNotFoundError: No module named 'shop'"),
            ("sms", "tests.texting.Letters", "ImportError"),
            ("sms", "tests.texting.Service", "tests.texting.Service is no Channel"),
            ("sms", "oscar_loyalty.shop.channels.Channel", "TypeError: Can't instantiate abstract"),
            ("sms", None, "AttributeError"),
            ("sms", "", "ImportError"),
            ("Text messages", "tests.texting.Sms", "1 to 16 small letters"),
            ("text-messages-to-all", "tests.texting.Sms", "1 to 16 small letters"),
        ],
    )
    def test_a_channel_that_cannot_be_used(self, settings, code, path, why):
        settings.OSCAR_LOYALTY_CHANNELS = {**conf.CHANNELS.default, code: path}
        found = checks.ways_to_members(None)
        assert ids(found) == (["oscar_loyalty.E005"] if why else [])
        assert all(why in message.msg and repr(code) in message.msg for message in found)

    def test_there_is_always_mail(self, settings):
        settings.OSCAR_LOYALTY_CHANNELS = {"sms": "tests.texting.Sms"}
        (found,) = checks.ways_to_members(None)
        assert (found.id, "every shop needs it" in found.msg) == ("oscar_loyalty.E005", True)

    def test_channels_of_a_wrong_type_are_refused_once(self, settings):
        settings.OSCAR_LOYALTY_CHANNELS = ["oscar_loyalty.shop.channels.Email"]
        assert checks.ways_to_members(None) == []

    @pytest.mark.parametrize(
        ("backend", "seconds", "expected"),
        [
            (checks.SMTP, None, ["oscar_loyalty.W007"]),
            (checks.SMTP, 10, []),
            ("django.core.mail.backends.console.EmailBackend", None, []),
        ],
    )
    @pytest.mark.filterwarnings("ignore:The EMAIL_")
    def test_a_mail_server_that_would_be_waited_for(self, settings, backend, seconds, expected):
        settings.EMAIL_BACKEND, settings.EMAIL_TIMEOUT = backend, seconds
        assert ids(checks.waiting_for_the_mail_server(None)) == expected

    @pytest.mark.parametrize(
        ("mailer", "expected"),
        [
            ({}, ["oscar_loyalty.W007"]),
            ({"BACKEND": checks.SMTP, "OPTIONS": {"host": "x"}}, ["oscar_loyalty.W007"]),
            ({"OPTIONS": {"timeout": 10}}, []),
            ({"BACKEND": "django.core.mail.backends.console.EmailBackend"}, []),
        ],
    )
    def test_a_mail_server_among_mailers(self, monkeypatch, mailer, expected):
        # Django 6.1 forbids the older settings beside it: a shop that has nothing else.
        monkeypatch.setattr(checks, "settings", SimpleNamespace(MAILERS={"default": mailer}))
        assert ids(checks.waiting_for_the_mail_server(None)) == expected

    def test_mails_that_nobody_has_sent(self, settings):
        settings.OSCAR_FROM_EMAIL = "oscar@example.com"
        assert ids(checks.sender(None)) == ["oscar_loyalty.W008"]
        settings.OSCAR_FROM_EMAIL = "shop@larkfield.example"
        assert checks.sender(None) == []

    def test_links_that_lead_elsewhere(self, db, settings, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert checks.site(None) == []
        assert ids(checks.site(None, databases=["default"])) == ["oscar_loyalty.W006"]
        settings.OSCAR_LOYALTY_BASE_URL = "https://larkfield.example"
        assert checks.site(None, databases=["default"]) == []
        settings.OSCAR_LOYALTY_BASE_URL = ""
        Site.objects.update(domain="larkfield.example")
        assert checks.site(None, databases=["default"]) == []

    def test_nothing_runs_the_jobs(self, settings):
        settings.CELERY_BEAT_SCHEDULE = {}
        assert ids(checks.schedule(None)) == ["oscar_loyalty.W001"]
        settings.CELERY_BEAT_SCHEDULE = defaults.OSCAR_LOYALTY_BEAT_SCHEDULE
        assert checks.schedule(None) == []

    @pytest.mark.parametrize(
        ("debug", "broker", "eager", "expected"),
        [
            (False, "filesystem://", False, ["oscar_loyalty.W002"]),
            (False, "redis://", True, ["oscar_loyalty.W002"]),
            (False, "redis://", False, []),
            (True, "filesystem://", True, []),
        ],
    )
    def test_broker(self, settings, debug, broker, eager, expected):
        settings.DEBUG, settings.CELERY_BROKER_URL = debug, broker
        settings.CELERY_TASK_ALWAYS_EAGER = eager
        assert ids(checks.broker(None)) == expected

    @pytest.mark.parametrize(
        ("change", "named"),
        [
            ({}, ""),
            ({"broker_transport_options": {"socket_timeout": 2}}, "socket_connect_timeout not set"),
            ({"broker_transport_options": {}}, "socket_connect_timeout, socket_timeout not set"),
            ({"task_publish_retry_policy": {"max_retries": 3}}, "task_publish_retry_policy not"),
            ({"broker_url": "filesystem://", "broker_transport_options": {}}, ""),
        ],
    )
    def test_a_broker_that_would_be_waited_for(self, change, named):
        before = {name: app.conf[name] for name in change}
        app.conf.update(change)
        try:
            found = checks.waiting_for_the_broker(None)
        finally:
            app.conf.update(before)
        assert ids(found) == (["oscar_loyalty.W005"] if named else [])
        assert all(named in message.msg for message in found)

    @pytest.mark.parametrize(
        ("debug", "vendor", "options", "expected"),
        [
            (True, "sqlite", {"transaction_mode": "IMMEDIATE"}, []),
            (True, "sqlite", {}, ["oscar_loyalty.W003"]),
            (False, "sqlite", {"transaction_mode": "IMMEDIATE"}, ["oscar_loyalty.W003"]),
            (False, "postgresql", {}, []),
        ],
    )
    def test_sqlite(self, settings, monkeypatch, debug, vendor, options, expected):
        settings.DEBUG = debug
        database = SimpleNamespace(vendor=vendor, settings_dict={"OPTIONS": options})
        monkeypatch.setattr(checks, "connections", {"default": database})
        assert ids(checks.sqlite(None)) == expected

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("<p>Ours alone</p>", ["oscar_loyalty.W004"]),
            ("{% if %}", ["oscar_loyalty.W004"]),
            ("{% load no_such_tags %}", ["oscar_loyalty.W004"]),
            ('{% extends "oscar/checkout/thank_you.html" %}', []),
        ],
    )
    def test_a_template_of_the_shop_that_hides_ours(self, settings, tmp_path, source, expected):
        own = tmp_path / "oscar" / "checkout" / "thank_you.html"
        own.parent.mkdir(parents=True)
        own.write_text(source)
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
        found = checks.overlays(None)
        assert ids(found) == expected
        assert all("oscar/checkout/thank_you.html" in warning.msg for warning in found)

    def test_a_template_of_the_shop_that_is_no_text(self, settings, tmp_path):
        own = tmp_path / "oscar" / "checkout" / "thank_you.html"
        own.parent.mkdir(parents=True)
        own.write_bytes(b"caf\xe9")
        settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
        assert ids(checks.overlays(None)) == ["oscar_loyalty.W004"]

    def test_a_template_for_another_engine_hides_ours(self, settings, tmp_path):
        own = tmp_path / "oscar" / "checkout" / "thank_you.html"
        own.parent.mkdir(parents=True)
        own.write_text('{% extends "oscar/checkout/thank_you.html" %}')
        other = "django.template.backends.dummy.TemplateStrings"
        engine = {"BACKEND": other, "DIRS": [tmp_path], "APP_DIRS": False, "OPTIONS": {}}
        settings.TEMPLATES = [engine, settings.TEMPLATES[0]]
        (found,) = checks.overlays(None)
        assert found.id == "oscar_loyalty.W004"
        assert "oscar/checkout/thank_you.html" in found.msg

    def test_no_programme_yet(self, db):
        assert checks.programme(None) == []
        assert ids(checks.programme(None, databases=["default"])) == ["oscar_loyalty.I001"]
        world.programme()
        assert checks.programme(None, databases=["default"]) == []

    def test_the_readme_lists_every_setting_and_check(self):
        readme = (ROOT / "README.md").read_text()
        for setting in conf.ALL:
            assert f"`{setting.name}`" in readme
            assert setting.meaning in readme
        errors = [f"E00{number}" for number in range(1, 6)]
        warnings = [f"W00{number}" for number in range(1, 9)]
        for identifier in (*errors, *warnings, "I001"):
            assert f"`oscar_loyalty.{identifier}`" in readme
