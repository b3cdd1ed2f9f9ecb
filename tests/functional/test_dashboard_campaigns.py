"""Staff plan flash sales in the dashboard and see what is left of them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from oscar_loyalty.models import (
    FlashSale,
    FlashSaleTier,
)
from tests import coupons, flash_sales, world
from tests.functional.desk import staff
from tests.functional.forms import acts, errors, filled, form_with, names
from tests.functional.reading import listed

pytestmark = pytest.mark.django_db

HOME = "/dashboard/loyalty/"


@pytest.fixture
def manager(programme):
    manager = staff("manager", "view_account", "change_programme", "export_members")
    world.forget_membership(manager)
    return manager


@pytest.fixture
def read(django_app, manager):
    return lambda page: django_app.get(f"{HOME}{page}", user=manager)


def moment(hours):
    """As a field for day and time is filled in."""
    return f"{timezone.localtime() + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}"


class TestFlashSales:
    @pytest.fixture
    def teapot(self):
        return world.product("20.00", title="Teapot", upc="TEA-1")

    @pytest.fixture
    def plan(self, read):
        """The form for a sale of the product with that UPC, filled in and sent."""

        def send(**changes):
            written = {"name_0": "Teatime", "product": "TEA-1", "value": "15.00", "units": "20"}
            times = {"starts_at": moment(-1), "ends_at": moment(1)}
            return filled(read("campaigns/add/"), **{**written, **times, **changes}).submit()

        return send

    def test_one_is_on_as_soon_as_it_is_planned(self, plan, teapot, bob):
        done = plan().follow()
        assert names(done) == ["Teatime"]
        assert flash_sales.states() == {"free": 20}
        assert flash_sales.taken_off(flash_sales.basket(teapot, bob)) == Decimal("5.00")
        assert [act[:2] for act in acts()] == [("Added.", "flashsale")]

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"units": "0"}, "Write a number of units from 1 to 10000."),
            ({"value": "20.00"}, "It costs £20 now: write less."),
            ({"product": "none"}, "Select a valid choice."),
            ({"starts_at": "1066-10-14T12:00:00"}, "No sale is on such a day."),
            ({"tiers_only": True}, "The sale is only for tiers: choose at least one"),
            ({"early-0-tier": "1", "early-0-hours": "9999"}, "less than or equal to 720"),
        ],
    )
    def test_one_that_cannot_be_is_refused_at_its_field(self, plan, teapot, changes, sentence):
        if "early-0-tier" in changes:
            changes["early-0-tier"] = world.tier("Gold", 1, "300").pk
        page = plan(**changes)
        assert page.status_code == 200
        assert sentence in errors(page)
        assert not FlashSale.objects.exists()
        assert acts() == []

    def test_tiers_buy_first_and_that_is_written_down_with_it(self, plan, teapot, ladder, read):
        later = {"starts_at": moment(5), "ends_at": moment(9), "tiers_only": True}
        plan(**later, **{"early-0-tier": ladder[1].pk, "early-0-hours": "3"}).follow()
        early = FlashSaleTier.objects.get()
        assert (early.tier, early.hours) == (ladder[1], 3)
        page = read(f"campaigns/{early.sale_id}/")
        taken_out = filled(page, **{"early-0-DELETE": True}).submit()
        assert "choose at least one" in errors(taken_out)
        page = read(f"campaigns/{early.sale_id}/")
        filled(page, **{"early-0-hours": "4"}).submit().follow()
        _added, changed = acts()
        ((name, (old, new)),) = changed[2].items()
        assert name == f"flashsaletier {early.pk}"
        assert (old["hours"], new["hours"]) == (3, 4)

    def test_one_that_is_on_says_what_is_left_and_keeps_it(self, read, manager, teapot, bob):
        sale = flash_sales.sale(teapot, units=3)
        coupons.place(flash_sales.basket(teapot, bob))
        assert flash_sales.pay(flash_sales.basket(teapot))
        page = read(f"campaigns/{sale.pk}/")
        told = ["Units left: 1. Sold: 1. Being paid: 1."]
        assert listed(page, ".loyalty-remark") == told
        (row,) = read("campaigns/").html.select(".loyalty-scroll tbody tr")
        cells = [cell.get_text().strip() for cell in row.select("td")]
        assert [*cells[:4], *cells[6:]] == ["Teatime", "On", "Teapot", "£15", "3", "1", "1", "1"]
        assert "disabled" in form_with(page, "units")["value"].attrs
        refused = filled(page, units="1").submit()
        assert "2 are sold or being paid: write no fewer." in errors(refused)
        client_sends = {
            **dict(form_with(page, "units").submit_fields()),
            "value": "1",
            "units": "4",
        }
        read("campaigns/").test_app.post(page.request.path, client_sends, user="manager")
        sale.refresh_from_db()
        assert (sale.value, sale.units) == (Decimal("15.00"), 4)

    def test_one_is_suspended_and_found_as_such(self, read, teapot, bob):
        sale = flash_sales.sale(teapot)
        filled(read(f"campaigns/{sale.pk}/"), active=False).submit().follow()
        assert flash_sales.taken_off(flash_sales.basket(teapot, bob)) == 0
        assert names(read("campaigns/?state=suspended")) == ["Teatime"]
        assert names(read("campaigns/?state=on")) == []
        assert acts()[0][2]["active"] == (True, False)

    def test_they_are_found_by_their_state(self, read, teapot):
        other, third = world.product("9.00"), world.product("9.00")
        flash_sales.sale(teapot, name="Now")
        flash_sales.sale(other, name="Soon", starts_in=2, hours=5, value="5.00")
        flash_sales.sale(third, name="Before", starts_in=-5, hours=-2, value="5.00")
        found = {
            state: names(read(f"campaigns/?state={state}")) for state in ("on", "planned", "over")
        }
        assert found == {"on": ["Now"], "planned": ["Soon"], "over": ["Before"]}

    def test_what_was_sold_may_be_deleted(self, read, teapot):
        sale = flash_sales.sale(teapot)
        teapot.delete()
        assert "—" in listed(read("campaigns/"), ".loyalty-scroll tbody td")
        assert read(f"campaigns/{sale.pk}/").status_code == 200
