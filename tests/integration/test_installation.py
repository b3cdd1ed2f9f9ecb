"""Moving in, being told what is wrong, and moving out without a trace."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.sites.models import Site
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.urls import NoReverseMatch
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty import checks, conf, defaults
from oscar_loyalty.models import EarningRule, Programme, Tier, TierBenefit
from sandbox.celery import app
from tests import coupons, world
from tests.functional import buying

ROOT = Path(__file__).resolve().parents[2]


def ids(found):
    return [message.id for message in found]


class TestSetup:
    def test_makes_the_programme_once(self, db):
        out = StringIO()
        call_command("loyalty_setup", name="Points", currency="EUR", stdout=out)
        made = Programme.objects.get()
        assert (str(made.name), made.currency, made.time_zone) == ("Points", "EUR", "Europe/London")
        assert (made.earn_points, made.value_points, made.signup_points) == (1, 100, 0)
        call_command("loyalty_setup", name="Other", stdout=out)
        assert str(Programme.objects.get().name) == "Points"
        assert "nothing was changed" in out.getvalue()

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            ({"time_zone": "Mars/Olympus"}, "Name a time zone such as Europe/London."),
            ({"currency": "TOO-LONG-FOR-A-CURRENCY"}, "at most 12 characters"),
        ],
    )
    def test_refuses_nonsense(self, db, options, sentence):
        with pytest.raises(CommandError, match=sentence):
            call_command("loyalty_setup", **options)
        assert Programme.objects.count() == 0


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


WITHOUT_US = """
import os
from tests.settings import *
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "oscar_loyalty"]
ROOT_URLCONF = "without_us_urls"
DATABASES["default"] = {**DATABASES["default"], "NAME": os.environ["TEST_DATABASE_NAME"]}
"""
URLS_WITHOUT_US = """
from django.apps import apps
from django.urls import include, path
urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
"""
SHOP_ON = """
import django
django.setup()
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from oscar.core.loading import get_model
from oscar.test import factories
from django.conf import settings
settings.ALLOWED_HOSTS = ["*"]
client = Client()
client.force_login(get_user_model().objects.get(username="alice"))
product = get_model("catalogue", "Product").objects.first()
added = client.post(f"/basket/add/{product.pk}/", {"quantity": 1})
basket = client.get("/basket/")
dashboard = get_user_model().objects.get(username="root")
client.force_login(dashboard)
offers = client.get("/dashboard/offers/")
wizard = client.get(reverse("dashboard:offer-metadata"))
get_model("offer", "Range").objects.get(name="Music").delete()
get_model("catalogue", "Category").objects.get(name="Records").delete()
get_model("catalogue", "Product").objects.get(title="Record").delete()
client.force_login(get_user_model().objects.get(username="alice"))
profile = client.post("/accounts/profile/delete/", {"password": "alice-secret"})
left = get_user_model().objects.filter(username="alice").count()
print(added.status_code, basket.status_code, offers.status_code, wizard.status_code, end=" ")
print(profile.status_code, left)
"""


@pytest.fixture
def tables_come_back(transactional_db):
    yield
    call_command("migrate", verbosity=0)


@pytest.fixture
def a_going_programme(tables_come_back, django_user_model):
    """Alice is Gold; rules and benefits name a product, a category and a range."""
    programme = world.programme()
    gold = world.tier("Gold", 1, "10")
    record = world.product("20.00", title="Record")
    music = factories.RangeFactory(name="Music", products=[record])
    records = factories.CategoryFactory(name="Records")
    TierBenefit.objects.create(tier=gold, kind="free-shipping")
    TierBenefit.objects.create(tier=gold, kind="percentage", value=10, range=music)
    for target in ({"product": record}, {"category": records}, {"range": music}):
        EarningRule.objects.create(programme=programme, extra_points=5, **target)
    django_user_model.objects.create_superuser("root", "root@example.com", "root-secret")
    alice = world.customer("alice")
    world.place(alice, "50.00", number="the-first")
    five = coupons.give(alice, product_range=music)
    coupons.give(alice, source="unused")
    record_and_coupon = world.basket_with(record, user=alice)
    record_and_coupon.vouchers.add(five.voucher)
    coupons.ordered(record_and_coupon, number="the-second")
    return alice


def our_tables():
    tables = connection.introspection.table_names()
    return [name for name in tables if name.startswith("oscar_loyalty")]


def our_rows_in_oscar():
    models = [get_model("offer", name) for name in ("Condition", "Benefit")]
    ours = [model.objects.filter(proxy_class__startswith="oscar_loyalty") for model in models]
    return sum(rows.count() for rows in ours)


def test_after_uninstalling_the_shop_shops_on_without_the_app(a_going_programme, tmp_path):
    out = StringIO()
    call_command("loyalty_uninstall", "--yes", stdout=out)
    gone = "offers: 4 removed\nconditions: 3 removed\nbenefits: 4 removed\nvouchers: 2 removed"
    assert gone in out.getvalue()
    assert (our_rows_in_oscar(), our_tables()) == (0, [])
    assert get_model("voucher", "Voucher").objects.count() == 0
    assert shopping_without_us(tmp_path) == "302 200 200 200 302 0"


def test_until_the_app_is_out_the_shop_sells_on(a_going_programme, django_app):
    """Due jobs and saved tiers come too late to bring anything back."""
    call_command("loyalty_uninstall", "--yes", stdout=StringIO())
    with pytest.raises(CommandError, match="Some jobs failed"):
        call_command("loyalty_run", stdout=StringIO())
    with pytest.raises(DatabaseError):
        Tier(name="Silver", rank=3, threshold=1).save()
    buying.open_the_country()
    teapot = world.product("30.00", title="Teapot")
    for shopper in (a_going_programme, None):
        page = django_app.get(teapot.get_absolute_url(), user=shopper)
        assert page.forms["add_to_basket_form"].submit().follow().status_int == 200
        django_app.reset()
    django_app.get(teapot.get_absolute_url(), user=a_going_programme)
    thanks = buying.buy(django_app, teapot, user=a_going_programme)
    assert thanks.status_int == 200
    order = a_going_programme.orders.exclude(number__in=["the-first", "the-second"]).get()
    assert order.lines.get().product == teapot
    order.set_status("Cancelled")
    assert world.customer("dora").pk
    assert our_rows_in_oscar() == 0


@pytest.mark.parametrize("answer", ["no", ""])
def test_uninstalling_asks_first(db, monkeypatch, answer):
    world.programme()
    world.tier("Gold", 1, "10")
    monkeypatch.setattr("builtins.input", lambda prompt: answer)
    with pytest.raises(CommandError, match="Nothing was removed"):
        call_command("loyalty_uninstall", stdout=StringIO())
    assert (our_rows_in_oscar(), Tier.objects.count()) == (1, 1)


def test_nobody_there_to_answer_is_a_no(db, monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(CommandError, match="Nothing was removed"):
        call_command("loyalty_uninstall", stdout=StringIO())
    assert our_tables() != []


def test_a_yes_removes_the_tables(tables_come_back, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: "yes")
    call_command("loyalty_uninstall", stdout=StringIO())
    assert our_tables() == []


def shopping_without_us(folder):
    """What the shop answers, in a process of its own, once the app is gone from the settings."""
    (folder / "without_us.py").write_text(WITHOUT_US)
    (folder / "without_us_urls.py").write_text(URLS_WITHOUT_US)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "without_us",
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
    }
    done = subprocess.run(
        [sys.executable, "-c", SHOP_ON],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.django_db
def test_staff_offers_with_our_condition_go_too(db):
    world.programme()
    world.tier("Gold", 1, "10")
    condition = get_model("offer", "Condition").objects.get()
    factories.ConditionalOfferFactory(name="Theirs", condition=condition)
    factories.ConditionalOfferFactory(name="Another")
    call_command("loyalty_uninstall", "--keep-tables", stdout=StringIO())
    assert Tier.objects.count() == 1
    names = list(get_model("offer", "ConditionalOffer").objects.values_list("name", flat=True))
    assert names == ["Another"]


def test_the_json_of_an_audit_is_for_machines(db):
    out = StringIO()
    call_command("loyalty_check", "--json", stdout=out)
    assert json.loads(out.getvalue()) == {"members": 0, "orders": 0, "violations": []}
