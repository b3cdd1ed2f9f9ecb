"""Every page of ours is looked at by everybody: the database stays as it was."""

import hashlib
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty import urls
from oscar_loyalty.flows import messages_set_up, unsubscribed
from oscar_loyalty.models import (
    Account,
    AdjustmentRequest,
    Award,
    Consent,
    Entry,
    Hold,
    Message,
    MessageKind,
    Occasion,
    Programme,
    Tier,
)
from tests import apologising, coupons, flash_sales, simulating, world
from tests.functional import buying
from tests.functional.desk import dashboard_pages, owner, signed_in
from tests.mailing import switch_on

pytestmark = pytest.mark.django_db

#: What others write when a page is looked at, which is none of ours.
NOT_OURS = {
    "sessions.session": "Django begins one for a visitor.",
    "analytics.productrecord": "Oscar counts who looks at a product.",
    "analytics.userrecord": "Oscar counts who looks at a product.",
    "analytics.userproductview": "Oscar counts who looks at a product.",
    "thumbnail.kvstore": "Pictures in other sizes.",
}
PREFETCH = {"sec-purpose": "prefetch;prerender", "purpose": "prefetch"}


def tables():
    """A checksum of each table; baskets that Oscar opens for whoever signs in stand aside."""
    return {
        model._meta.label_lower: _checksum(model)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
        if model._meta.label_lower not in NOT_OURS
    }


def _checksum(model):
    rows = model._base_manager.order_by("pk")
    if model._meta.label_lower == "basket.basket":
        rows = rows.filter(pk__in=get_model("basket", "Line").objects.values("basket_id"))
    return hashlib.sha256(repr(list(rows.values_list())).encode()).hexdigest()


@pytest.fixture
def shop(db):
    """Everything there can be, and much of it due: what expires waits for the due jobs."""
    world.programme(redeemable=True, expiry="after-earning", expiry_months=1)
    messages_set_up.run()
    switch_on("thank-you", "check-in", "apology")
    buying.open_the_country()
    world.tier("Silver", 1, "10", multiplier="1.50")
    return owner()


@pytest.fixture
def anna(shop):
    """A member with points that are overdue, a coupon, a hold that ran out, and a full basket."""
    user = world.customer("anna")
    long_ago = timezone.now() - timedelta(days=200)
    world.place(user, "500.00", number="old", at=long_ago)
    world.place(user, "500.00", number="new")
    given = coupons.give(user)
    basket = coupons.basket_of(user, "20.00", coupon=given)
    world.hold(user, 30, basket_id=basket.pk)
    Hold.objects.update(expires_at=timezone.now() - timedelta(hours=1))
    Consent.objects.create(
        account=user.loyalty_account,
        about="check-in",
        wanted=False,
        source="preferences",
        given_at=long_ago,
    )
    return user


@pytest.fixture
def links(anna):
    """The address of each page of ours, by its name."""
    order = world.place(None, "30.00", number="of-a-guest")
    token = unsubscribed.link(anna.loyalty_account.public_id, "thank-you").split("/")[-2]
    asked = {
        "text": ["LOYALTY_THANK_YOU_EN"],
        "claim-signed": [order.number, order.verification_hash()],
        "unsubscribe": [token],
    }
    names = [pattern.name for pattern in urls.urlpatterns if hasattr(pattern, "name")]
    return {name: reverse(f"oscar_loyalty:{name}", args=asked.get(name, [])) for name in names}


def _listed():
    """An apology that is to go to somebody."""
    made = apologising.draft(placed_from=apologising.FROM)
    apologising.listed(made)
    return made


def desks(anna):
    """The address of each page of ours in the admin."""
    rows = {
        "account": Account.objects.get(user=anna).pk,
        "apology": _listed().pk,
        "award": Award.objects.first().pk,
        "entry": Entry.objects.first().pk,
        "flashsale": flash_sales.sale(world.product()).pk,
        "message": Message.objects.first().pk,
        "programme": Programme.objects.get().pk,
    }
    for model, pages in admin.site._registry.items():
        if model._meta.app_label == "oscar_loyalty":
            row = rows.get(model._meta.model_name, 1)
            for pattern in filter(lambda pattern: pattern.name, pages.get_urls()):
                one = pattern.pattern.converters or "<" in str(pattern.pattern)
                yield reverse(f"admin:{pattern.name}", args=[row] if one else [])


#: Oscar's own pages on which we show something, or hear of something.
OSCARS = (
    "/",
    "/basket/",
    "/checkout/",
    "/checkout/preview/",
    "/accounts/",
    "/accounts/orders/",
    "/accounts/orders/new/",
    "/accounts/login/",
    "/dashboard/orders/",
    "/dashboard/orders/new/",
    "/dashboard/communications/",
    "/dashboard/users/1/",
)


def look(visitors, address):
    """As everybody, and as programs that fetch ahead; the answers' codes."""
    asked = (
        address,
        f"{address}?before=1&next=/&points=5&find=1&chosen=1&then=send&segment=late&try=1&retire=1",
    )
    return {
        ask(one, headers=PREFETCH).status_code
        for visitor in visitors
        for ask in (visitor.get, visitor.head)
        for one in asked
    }


@pytest.fixture
def visitors(anna, shop):
    found = [Client(), signed_in(anna), signed_in(shop)]
    for visitor in found:
        # Whoever comes for the first time gets a session, and a basket.
        visitor.get("/")
    return found


def test_our_pages(visitors, links):
    before = tables()
    for name, address in links.items():
        codes = look(visitors, address)
        assert codes <= {200, 302, 403, 404, 405}, (name, codes)
        assert tables() == before, name
    # All but the dashboard's, which are one.
    assert len(links) == len(urls.urlpatterns) - 1


def test_pages_of_the_dashboard(visitors, anna):
    rows = {
        "account_id": anna.loyalty_account.pk,
        "tier_id": Tier.objects.get().pk,
        "message_id": Message.objects.first().pk,
        "kind_id": MessageKind.objects.first().pk,
        "rule_id": world.rule(points=5).rule_id,
        "sale_id": flash_sales.sale(world.product()).pk,
        "apology_id": _listed().pk,
        "report": "churn",
        "request_id": AdjustmentRequest.objects.create(
            account=anna.loyalty_account,
            points=5000,
            source="1",
            requested_by="user:0",
            requested_at=world.NEW_YEAR,
        ).pk,
        "occasion_id": Occasion.objects.create(name="Nowruz", what="nowruz").pk,
        **simulating.rows(),
    }
    before = tables()
    for name, arguments in dashboard_pages():
        address = reverse(f"oscar_loyalty:{name}", args=[rows[one] for one in arguments])
        assert look(visitors, address) <= {200, 302, 403, 405}, address
        assert tables() == before, address


def test_pages_of_oscar_that_we_are_on(visitors, anna):
    product = world.product().get_absolute_url()
    before = tables()
    for address in (*OSCARS, product):
        assert look(visitors, address) <= {200, 302, 403, 404}, address
        assert tables() == before, address


def test_pages_of_the_admin(visitors, anna):
    addresses = list(desks(anna))
    before = tables()
    for address in addresses:
        assert look(visitors, address) <= {200, 302, 403}, address
    assert tables() == before
    assert len(addresses) > 60


def test_a_page_that_wrote_would_be_seen(visitors, anna):
    before = tables()
    anna.loyalty_account.joined_at += timedelta(seconds=1)
    anna.loyalty_account.save()
    after = tables()
    assert [name for name in before if before[name] != after[name]] == ["oscar_loyalty.account"]
