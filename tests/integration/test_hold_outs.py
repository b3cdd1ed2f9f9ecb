"""Some members hear nothing of a campaign, by lot, so that the others can be compared with them."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from oscar_loyalty.flows import accounts_merged, flash_sales_announced
from oscar_loyalty.models import (
    CampaignDraw,
    Entry,
    FlashSale,
    Message,
    MessageLimits,
    Occasion,
    WinBackSettings,
)
from oscar_loyalty.program.winback import policy
from tests import flash_sales, world
from tests.functional.desk import owner
from tests.mailing import switch_on, willing
from tests.occasions import greet, noon, occasion

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(programme):
    switch_on("occasion", "flash-sale")
    MessageLimits.objects.update(weekly=50)


@pytest.fixture
def dora(post):
    return willing()


@pytest.fixture
def emma(post):
    return willing("emma")


def lots_for(campaign, wanted):
    """Of a half that is held out these are, and those are not."""
    for turn in range(10_000):
        seed = str(uuid.UUID(int=turn))
        lots = {one: policy.number_of(seed, one.pk, campaign) for one in wanted}
        if all(policy.is_held_out(lot, 50) == wanted[one] for one, lot in lots.items()):
            WinBackSettings.objects.update_or_create(singleton=1, defaults={"seed": seed})
            return lots
    raise AssertionError


def told():
    return list(
        Message.objects.order_by("pk").values_list("kind", "about", "account__user__username")
    )


def draws():
    rows = CampaignDraw.objects.order_by("account__user__username", "about")
    return list(rows.values_list("account", "kind", "about", "drawn", "held_out", "drawn_at"))


def announce(*, hours=0):
    return flash_sales_announced.run(at=timezone.now() + timedelta(hours=hours))


class TestOccasions:
    def test_who_is_held_out_gets_neither_message_nor_present(self, dora, emma):
        nowruz = occasion(days_ahead=7, hold_out=50, gives="points", value=20)
        about = f"{nowruz.pk}:2027-03-21"
        lots = lots_for(f"occasion:{about}", {dora: True, emma: False})
        assert greet("2027-03-14", "2027-03-15") == [1, 0]
        assert told() == [("occasion", about, "emma")]
        assert [entry.account for entry in Entry.objects.all()] == [emma]
        at = noon("2027-03-14")
        assert draws() == [
            (dora.pk, "occasion", about, lots[dora], True, at),
            (emma.pk, "occasion", about, lots[emma], False, at),
        ]

    def test_every_year_has_a_draw_of_its_own(self, dora):
        occasion(days_ahead=0, hold_out=50)
        greet("2027-03-21", "2028-03-20")
        assert CampaignDraw.objects.filter(account=dora).count() == 2

    def test_without_a_hold_out_nobody_draws(self, dora, emma):
        occasion(days_ahead=7)
        assert greet("2027-03-14") == [2]
        assert draws() == []

    def test_only_those_draw_whom_it_is_for(self, dora, ladder):
        occasion(days_ahead=7, hold_out=50, tier=ladder[0])
        assert greet("2027-03-14") == [0]
        assert draws() == []


class TestFlashSales:
    def test_who_is_held_out_is_not_told_and_can_buy(self, dora, emma):
        teapot = world.product("20.00")
        sale = flash_sales.sale(teapot, announced=True, hold_out=50)
        lots_for(f"flash-sale:{sale.pk}", {dora: True, emma: False})
        assert [announce(), announce()] == [1, 0]
        assert told() == [("flash-sale", str(sale.pk), "emma")]
        assert flash_sales.taken_off(flash_sales.basket(teapot, dora.user)) == 5

    def test_who_drew_when_the_first_could_buy_does_not_draw_again(self, dora, emma, ladder):
        sale = flash_sales.sale(
            world.product("20.00"),
            starts_in=5,
            hours=9,
            early=[(ladder[0], 3)],
            announced=True,
            hold_out=50,
        )
        silver = world.member("silver")
        lots_for(f"flash-sale:{sale.pk}", {dora: True, emma: False})
        dora.standing.tier = ladder[0]
        dora.standing.save()
        assert announce(hours=3) == 0
        FlashSale.objects.filter(pk=sale.pk).update(hold_out=1)
        assert announce(hours=6) == 1
        assert told() == [("flash-sale", str(sale.pk), "emma")]
        assert [(account, held_out) for account, *_rest, held_out, _at in draws()] == [
            (dora.pk, True),
            (emma.pk, False),
        ]
        assert not CampaignDraw.objects.filter(account=silver).exists()


def test_a_merge_takes_along_what_the_other_has_not_drawn(dora, emma):
    at = timezone.now()
    for account, about in ((dora, "1"), (dora, "2"), (emma, "1")):
        CampaignDraw.objects.create(
            kind="flash-sale", about=about, account=account, drawn=7, held_out=False, drawn_at=at
        )
    accounts_merged.run(dora.pk, emma.pk, note="Same", actor_id=owner().pk, at=at)
    rows = CampaignDraw.objects.order_by("about", "account")
    assert list(rows.values_list("account", "about")) == [
        (dora.pk, "1"),
        (emma.pk, "1"),
        (emma.pk, "2"),
    ]


@pytest.mark.parametrize("model", [Occasion, FlashSale])
def test_no_more_than_half_can_be_held_out(post, model):
    made = occasion() if model is Occasion else flash_sales.sale(world.product())
    made.hold_out = 51
    with pytest.raises(ValidationError, match="less than or equal to 50"):
        made.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(hold_out=51)
