"""Staff find tier benefits in Oscar's own offer dashboard and use tiers in offers of theirs."""

from decimal import Decimal

import pytest
from django.urls import reverse
from oscar.core.loading import get_class, get_model
from oscar.test import factories

from oscar_loyalty.models import Entry, Programme, TierBenefit
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


class TestTheOfferOfPoints:
    """Made by the programme; staff may look at it, switch it off, and spoil nothing."""

    @pytest.fixture
    def offer(self, db):
        world.programme(redeemable=True)
        return ConditionalOffer.objects.get()

    @pytest.fixture
    def dora(self, offer):
        user = world.customer("dora")
        world.place(user, "1000.00", number="past")
        return user

    def pays(self, user, points):
        """What a teapot for £20 costs who has chosen so many points."""
        basket = world.basket_with(world.product("20.00"), user=user)
        world.hold(user, points, basket_id=basket.pk)
        basket = type(basket).objects.get(pk=basket.pk)
        basket.strategy = get_class("partner.strategy", "Default")()
        get_class("offer.applicator", "Applicator")().apply(basket, basket.owner)
        return basket.total_incl_tax

    def test_it_is_listed_and_open(self, django_app, offer, staff):
        page = django_app.get(reverse("dashboard:offer-list"), user=staff)
        assert offer.name in page.text
        detail = page.click(offer.name)
        assert "A member spends points on the basket" in detail.text
        assert "Money off for points" in detail.text
        assert django_app.get(reverse("offer:list")).status_code == 200

    @pytest.mark.parametrize("step", ["metadata", "benefit", "condition", "restrictions"])
    def test_every_step_opens_and_is_sent_as_it_is_shown(
        self, django_app, offer, dora, staff, step
    ):
        url = reverse(f"dashboard:offer-{step}", args=[offer.pk])
        page = django_app.get(url, user=staff)
        names = {"metadata": "name", "benefit": "value", "condition": "value"}
        wanted = names.get(step, "start_datetime")
        form = next(form for form in page.forms.values() if wanted in form.fields)
        assert form.submit().status_code in (200, 302)
        offer.refresh_from_db()
        assert offer.condition.proxy_class == "oscar_loyalty.offers.points.PointsCondition"
        assert offer.benefit.proxy_class == "oscar_loyalty.offers.points.PointsBenefit"
        assert self.pays(dora, 500) == Decimal("15.00")

    def test_another_discount_in_its_place_changes_nothing(self, django_app, offer, dora, staff):
        """The programme says what points are worth, not the offer."""
        everything = factories.RangeFactory(name="Everything", includes_all_products=True)
        page = django_app.get(reverse("dashboard:offer-benefit", args=[offer.pk]), user=staff)
        form = next(form for form in page.forms.values() if "type" in form.fields)
        form["type"], form["value"], form["range"] = "Percentage", "20", str(everything.pk)
        assert form.submit().status_code in (200, 302)
        assert self.pays(dora, 500) == Decimal("15.00")
        assert world.place(world.customer("bob"), "20.00").total_incl_tax == Decimal("20.00")

    def test_it_is_switched_off_and_on_again(self, django_app, offer, dora, staff):
        detail = reverse("dashboard:offer-detail", args=[offer.pk])
        page = django_app.get(detail, user=staff)
        form = next(form for form in page.forms.values() if "suspend" in form.fields)
        form.submit("suspend")
        offer.refresh_from_db()
        assert (offer.status, self.pays(dora, 500)) == ("Suspended", Decimal("20.00"))
        page = django_app.get(detail, user=staff)
        form = next(form for form in page.forms.values() if "unsuspend" in form.fields)
        form.submit("unsuspend")
        assert self.pays(dora, 500) == Decimal("15.00")

    def test_it_is_deleted_and_comes_back_with_the_programme(self, django_app, offer, dora, staff):
        page = django_app.get(reverse("dashboard:offer-delete", args=[offer.pk]), user=staff)
        next(form for form in page.forms.values() if "delete" in form.text).submit()
        assert not ConditionalOffer.objects.exists()
        assert self.pays(dora, 500) == Decimal("20.00")
        Programme.objects.get().save()
        assert self.pays(dora, 500) == Decimal("15.00")

    def test_a_second_one_gives_nothing(self, django_app, offer, dora, staff):
        page = django_app.get(reverse("dashboard:offer-metadata"), user=staff)
        form = next(form for form in page.forms.values() if "offer_type" in form.fields)
        form["name"], form["offer_type"] = "Points week", "Site"
        page = form.submit().follow()
        for field, named in (
            ("custom_benefit", "Money off for points"),
            ("custom_condition", "A member spends points on the basket"),
        ):
            form = next(form for form in page.forms.values() if field in form.fields)
            form[field].select(text=named)
            page = form.submit().follow()
        next(form for form in page.forms.values() if "start_datetime" in form.fields).submit()
        assert ConditionalOffer.objects.count() == 2
        assert self.pays(dora, 500) == Decimal("15.00")
        assert world.place(dora, "20.00", points=300).total_incl_tax == Decimal("17.00")
        assert list(Entry.objects.filter(kind="redeem").values_list("points")) == [(-300,)]
