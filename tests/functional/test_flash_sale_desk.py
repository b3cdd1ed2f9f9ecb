"""Staff plan a flash sale in the admin, watch it, and change what may still be changed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from oscar_loyalty.models import FlashSale, FlashSaleTier, FlashSaleUnit
from tests import coupons, flash_sales, world
from tests.functional.desk import Desk, owner, sentences, signed_in, staff
from tests.functional.odd_strings import CORPUS
from tests.sampling import some

pytestmark = pytest.mark.django_db

ADD = reverse("admin:oscar_loyalty_flashsale_add")


@pytest.fixture
def teapot(programme):
    return world.product("20.00", title="Teapot")


@pytest.fixture
def desk(django_app):
    return Desk(django_app, owner())


def moment(name, hours):
    """A field for day and time, as the admin's form has it."""
    at = timezone.localtime() + timedelta(hours=hours)
    return {f"{name}_0": f"{at:%Y-%m-%d}", f"{name}_1": f"{at:%H:%M:%S}"}


def plan(product, **changes):
    """What staff write for a sale of the product with that number."""
    return {
        "name_0": "Teatime",
        "product": product,
        "kind": "price",
        "value": "15.00",
        **moment("starts_at", -1),
        **moment("ends_at", 1),
        "units": "20",
        **changes,
    }


def page_of(sale):
    return reverse("admin:oscar_loyalty_flashsale_change", args=[sale.pk])


def test_a_sale_is_on_as_soon_as_it_is_saved(desk, teapot, bob):
    assert desk.save(ADD, **plan(teapot.pk)).status_code == 302
    sale = FlashSale.objects.get()
    assert (sale.currency, sale.per_customer, sale.announced) == ("GBP", 1, False)
    assert flash_sales.states() == {"free": 20}
    assert flash_sales.taken_off(flash_sales.basket(teapot, bob)) == Decimal("5.00")


def test_tiers_buy_first_or_alone(desk, teapot, ladder, alice, bob):
    rows = {"early-TOTAL_FORMS": "1", "early-0-tier": ladder[1].pk, "early-0-hours": "3"}
    page = desk.save(ADD, **plan(teapot.pk, tiers_only="on"))
    assert "The sale is only for tiers: choose at least one, or open it to all." in sentences(page)
    assert FlashSale.objects.count() == 0
    coming = moment("starts_at", 2) | moment("ends_at", 3)
    assert desk.save(ADD, **plan(teapot.pk, tiers_only="on", **coming, **rows)).status_code == 302
    assert FlashSaleTier.objects.get().hours == 3
    found = [flash_sales.taken_off(flash_sales.basket(teapot, user)) for user in (alice, bob)]
    assert found == [Decimal("5.00"), 0]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (moment("ends_at", -2), "It ends before it begins: write a later moment."),
        (
            moment("starts_at", -3) | moment("ends_at", -2),
            "This moment is past: write a later one.",
        ),
        ({"starts_at_0": "0001-01-01"}, "No sale is on such a day."),
        ({"units": "0"}, "Write a number of units from 1 to 10000."),
        ({"units": "10001"}, "Write a number of units from 1 to 10000."),
        ({"per_customer": "0"}, "Write 1 or more, or leave it empty for any number."),
        ({"value": "0"}, "Write a value above 0."),
        ({"value": "-1"}, "Write a value above 0."),
        ({"value": "20.00"}, "It costs £20 now: write less."),
        ({"value": "NaN"}, "Enter a number."),
        ({"kind": "percentage", "value": "100.01"}, "No more than 100 per cent can come off."),
        ({"currency": "EUR"}, "Nothing of this is sold in EUR."),
        ({"currency": "tea"}, "Write the currency as a code such as EUR."),
        ({"payment_minutes": "1"}, "Ensure this value is greater than or equal to 5."),
    ],
)
def test_a_sale_that_cannot_be_is_refused_in_a_sentence(desk, teapot, changes, sentence):
    page = desk.save(ADD, **plan(teapot.pk, **changes))
    assert page.status_code == 200
    assert sentence in sentences(page)
    assert page.html.select_one(".errorlist li") is not None
    assert (FlashSale.objects.count(), FlashSaleUnit.objects.count()) == (0, 0)


def test_it_is_of_a_product_or_a_range(desk, teapot):
    everything = coupons.product_range("Everything", includes_all_products=True)
    page = desk.save(ADD, **plan(teapot.pk, range=everything.pk))
    assert "Choose a product or a range, not both." in sentences(page)
    assert "Choose a product or a range." in sentences(desk.save(ADD, **plan("")))
    assert FlashSale.objects.count() == 0


def test_what_cannot_be_discounted_is_refused(desk, teapot):
    type(teapot).objects.update(is_discountable=False)
    page = desk.save(ADD, **plan(teapot.pk))
    assert "Nothing of this has a price that can be discounted." in sentences(page)


class TestTwoSalesOfOneProduct:
    @pytest.fixture
    def everything(self):
        return coupons.product_range("Everything", includes_all_products=True)

    def test_at_the_same_time_are_refused(self, desk, teapot, everything):
        flash_sales.sale(teapot)
        for form in (plan(teapot.pk), plan("", range=everything.pk)):
            page = desk.save(ADD, **form)
            assert "The flash sale Teatime sells some of this at the same time." in sentences(page)
        assert FlashSale.objects.count() == 1

    def test_one_after_the_other_are_not(self, desk, teapot):
        flash_sales.sale(teapot, hours=1)
        later = moment("starts_at", 2) | moment("ends_at", 3)
        assert desk.save(ADD, **plan(teapot.pk, **later)).status_code == 302

    def test_nor_do_tiers_buy_early_during_the_one_before(self, desk, teapot, ladder):
        flash_sales.sale(teapot, hours=1)
        sent = plan(teapot.pk, **moment("starts_at", 3), **moment("ends_at", 4))
        early = {"early-TOTAL_FORMS": "1", "early-0-tier": ladder[1].pk, "early-0-hours": "3"}
        page = desk.save(ADD, **sent, **early)
        assert "The flash sale Teatime sells some of this at the same time." in sentences(page)
        assert (FlashSale.objects.count(), FlashSaleTier.objects.count()) == (1, 0)
        assert desk.save(ADD, **sent, **early | {"early-0-hours": "1"}).status_code == 302

    def test_early_hours_that_are_given_up_are_in_nobodys_way(self, desk, teapot, ladder):
        flash_sales.sale(teapot, hours=1)
        early = {"early-TOTAL_FORMS": "1", "early-0-tier": ladder[1].pk, "early-0-hours": "3"}
        desk.save(ADD, **plan(teapot.pk, **moment("starts_at", 5), **moment("ends_at", 6)), **early)
        page = page_of(FlashSale.objects.latest("pk"))
        sooner = moment("starts_at", 3) | {"early-0-hours": "1"}
        assert desk.save(page, **sooner).status_code == 302
        assert FlashSaleTier.objects.get().hours == 1

    def test_nor_is_one_that_is_over(self, desk, teapot):
        """Whatever else was sold while it was on."""
        over = flash_sales.sale(teapot)
        flash_sales.sale(teapot)
        hour = timedelta(hours=1)
        starts_at, ends_at = over.starts_at - 2 * hour, over.starts_at - hour
        FlashSale.objects.update(starts_at=starts_at - hour)
        FlashSale.objects.filter(pk=over.pk).update(starts_at=starts_at, ends_at=ends_at)
        assert desk.save(page_of(over), units="9").status_code == 302

    def test_nor_are_those_of_other_products(self, desk, teapot):
        flash_sales.sale(world.product())
        assert desk.save(ADD, **plan(teapot.pk)).status_code == 302


class TestARunningSale:
    def test_keeps_what_it_promised(self, desk, teapot):
        sale = flash_sales.sale(teapot)
        other = world.product("99.00")
        bent = {"value": "1.00", "product": other.pk, **moment("starts_at", -5)}
        assert desk.save(page_of(sale), **bent, units="3").status_code == 302
        now = FlashSale.objects.get()
        begun = sale.starts_at.replace(microsecond=0)
        assert (now.value, now.product, now.starts_at) == (sale.value, teapot, begun)
        assert flash_sales.states() == {"free": 3}

    def test_has_no_fewer_units_than_are_taken(self, desk, teapot, bob):
        sale = flash_sales.sale(teapot)
        for user in (bob, None):
            assert flash_sales.pay(flash_sales.basket(teapot, user))
        page = desk.save(page_of(sale), units="1")
        assert "2 are sold or being paid: write no fewer." in sentences(page)
        assert flash_sales.states() == {"claimed": 2}

    def test_shows_what_is_sold_and_being_paid(self, desk, teapot, bob):
        flash_sales.sale(teapot)
        coupons.place(flash_sales.basket(teapot, bob))
        assert flash_sales.pay(flash_sales.basket(teapot))
        page = desk.read(reverse("admin:oscar_loyalty_flashsale_changelist"))
        (row,) = page.html.select("#result_list tbody tr")
        cells = [
            row.select_one(f".field-{name}").get_text() for name in ("units", "sold", "paying")
        ]
        assert cells == ["2", "1", "1"]

    def test_can_be_stopped(self, desk, teapot, bob):
        sale = flash_sales.sale(teapot)
        fields = desk.fields(page_of(sale))
        del fields["active"]
        assert desk.app.post(page_of(sale), fields, user=desk.user).status_code == 302
        assert flash_sales.taken_off(flash_sales.basket(teapot, bob)) == 0

    def test_is_not_deleted_once_somebody_bought(self, desk, teapot, bob):
        sale = flash_sales.sale(teapot)
        delete = reverse("admin:oscar_loyalty_flashsale_delete", args=[sale.pk])
        assert desk.read(delete).status_code == 200
        coupons.place(flash_sales.basket(teapot, bob))
        assert desk.app.get(delete, user=desk.user, status=403)
        assert FlashSale.objects.count() == 1


def test_staff_delete_a_product_or_range_on_sale(desk, teapot, bob):
    some_tea = coupons.product_range("Tea", products=[world.product("20.00")])
    sales = [flash_sales.sale(teapot), flash_sales.sale(None, range=some_tea)]
    teapot.delete()
    some_tea.delete()
    for sale in sales:
        assert desk.read(page_of(sale)).status_code == 200
    other = world.product("20.00")
    assert flash_sales.taken_off(flash_sales.basket(other, bob)) == 0


def test_staff_with_the_permission_plan_sales(teapot, ladder):
    names = ("flashsale", "flashsaletier")
    allowed = [f"{verb}_{name}" for verb in ("add", "change", "view") for name in names]
    client = signed_in(staff("carol", *allowed))
    numbers = {"per_customer": "1", "payment_minutes": "30", "hold_out": "10"}
    form = plan(teapot.pk, currency="GBP", active="on", **numbers)
    rows = {"early-TOTAL_FORMS": "1", "early-INITIAL_FORMS": "0", "early-0-id": ""}
    rows |= {"early-0-tier": ladder[0].pk, "early-0-hours": "3"}
    assert client.post(ADD, {**form, **rows}).status_code == 302
    assert FlashSaleTier.objects.count() == 1


@pytest.mark.parametrize("field", ["value", "units", "per_customer", "starts_at_0", "product"])
def test_odd_values_are_refused_or_read_as_numbers(desk, teapot, field):
    fields = desk.fields(ADD)
    for odd in some(CORPUS, one_in=8):
        form = {**fields, **plan(teapot.pk), field: odd}
        page = desk.app.post(ADD, form, user=desk.user)
        assert page.status_code in (200, 302)
        FlashSale.objects.all().delete()
