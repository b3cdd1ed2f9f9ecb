"""Staff find tier benefits in Oscar's own offer dashboard and use tiers in offers of theirs."""

from decimal import Decimal

import pytest
from django.urls import reverse
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.models import TierBenefit
from tests import world

pytestmark = pytest.mark.django_db

ConditionalOffer = get_model("offer", "ConditionalOffer")


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_superuser("staff", "staff@example.com", "staff-secret")


def test_the_offers_of_tiers_are_listed_and_open(django_app, ladder, staff):
    for kind, value in (("free-shipping", None), ("percentage", Decimal(10))):
        music = factories.RangeFactory(name=f"Range of {kind}") if value else None
        TierBenefit.objects.create(tier=ladder[1], kind=kind, value=value, range=music)
    page = django_app.get(reverse("dashboard:offer-list"), user=staff)
    names = ["Gold: free shipping", "Gold: 10% off Range of percentage"]
    for name in names:
        assert name in page.text
        detail = page.click(name)
        assert "Member of the tier Gold" in detail.text


def test_named_methods_are_listed_and_open(django_app, ladder, staff):
    TierBenefit.objects.create(tier=ladder[1], kind="free-shipping", shipping_methods="express")
    page = django_app.get(reverse("dashboard:offer-list"), user=staff)
    assert "for some shipping methods" in page.click("Gold: free shipping").text


def test_the_public_page_of_offers_shows_what_members_get(django_app, ladder):
    TierBenefit.objects.create(tier=ladder[1], kind="free-shipping")
    page = django_app.get(reverse("offer:list"))
    assert "Gold: free shipping" in page.text
    assert "For members of the tier Gold." in page.text


def test_the_name_of_a_tier_is_no_html(django_app, ladder):
    ladder[1].name = "<script>alert(1)</script>"
    ladder[1].save()
    TierBenefit.objects.create(tier=ladder[1], kind="free-shipping")
    page = django_app.get(reverse("offer:list"))
    assert "<script>alert(1)" not in page.text
    assert page.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2


def test_nor_is_it_in_the_dashboard(django_app, ladder, staff):
    everything = factories.RangeFactory(name="<b>All</b>", includes_all_products=True)
    ladder[1].name = "<script>alert(1)</script>"
    ladder[1].save()
    TierBenefit.objects.create(tier=ladder[1], kind="percentage", value=10, range=everything)
    offer = ConditionalOffer.objects.get()
    for url in (
        reverse("dashboard:offer-list"),
        reverse("dashboard:offer-detail", args=[offer.pk]),
        reverse("dashboard:offer-condition", args=[offer.pk]),
        reverse("dashboard:offer-benefit", args=[offer.pk]),
    ):
        page = django_app.get(url, user=staff)
        assert "<script>alert(1)" not in page.text, url
        assert "<b>All" not in page.text, url
    condition, benefit = offer.condition.proxy(), offer.benefit.proxy()
    tier = "&lt;script&gt;alert(1)&lt;/script&gt;"
    assert condition.description == f"Member of the tier {tier}"
    assert benefit.description == "10.00% discount on &lt;b&gt;All&lt;/b&gt;"


def test_staff_make_an_offer_of_their_own_for_a_tier(django_app, ladder, alice, bob, staff):
    everything = factories.RangeFactory(name="Everything", includes_all_products=True)
    page = django_app.get(reverse("dashboard:offer-metadata"), user=staff)
    form = next(form for form in page.forms.values() if "offer_type" in form.fields)
    form["name"] = "A thank-you to Gold"
    form["offer_type"] = "Site"
    page = form.submit().follow()
    form = next(form for form in page.forms.values() if "type" in form.fields)
    form["type"], form["value"], form["range"] = "Percentage", "20", str(everything.pk)
    page = form.submit().follow()
    form = next(form for form in page.forms.values() if "custom_condition" in form.fields)
    form["custom_condition"].select(text="Member of the tier Gold")
    page = form.submit().follow()
    form = next(form for form in page.forms.values() if "start_datetime" in form.fields)
    form.submit()
    assert ConditionalOffer.objects.get().name == "A thank-you to Gold"
    assert world.place(alice, "10.00").total_incl_tax == Decimal("8.00")
    assert world.place(bob, "10.00").total_incl_tax == Decimal("10.00")
