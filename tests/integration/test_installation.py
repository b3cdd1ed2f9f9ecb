"""Moving in, being told what is wrong, and moving out without a trace."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.models import Programme, Tier, TierBenefit
from tests import coupons, world
from tests.functional import buying

ROOT = Path(__file__).resolve().parents[2]


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
    world.programme()
    gold = world.tier("Gold", 1, "10")
    record = world.product("20.00", title="Record")
    music = factories.RangeFactory(name="Music", products=[record])
    records = factories.CategoryFactory(name="Records")
    TierBenefit.objects.create(tier=gold, kind="free-shipping")
    TierBenefit.objects.create(tier=gold, kind="percentage", value=10, range=music)
    for target in ({"product": record}, {"category": records}, {"range": music}):
        world.rule(points=5, **target)
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
