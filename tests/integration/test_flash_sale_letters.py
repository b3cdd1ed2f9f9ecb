"""Members hear of a flash sale when they may buy: the chosen tiers first, and nobody in vain."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from oscar_loyalty.flows import (
    flash_sales_announced,
    letter_tried,
    letter_written,
    messages_delivered,
    preferences_chosen,
)
from oscar_loyalty.models import FlashSale, Message
from oscar_loyalty.program.messages.policy import MARKETING
from tests import coupons, flash_sales, world
from tests.mailing import states, switch_on, willing

pytestmark = pytest.mark.django_db


@pytest.fixture
def teapot(programme):
    switch_on("flash-sale")
    return world.product("20.00", title="Teapot")


@pytest.fixture
def dora(teapot):
    return willing()


def announce(*, hours=0):
    """Whom the due job tells so many hours from now."""
    before = set(Message.objects.values_list("pk", flat=True))
    count = flash_sales_announced.run(at=timezone.now() + timedelta(hours=hours))
    told = Message.objects.exclude(pk__in=before).order_by("pk")
    names = [message.account.user.username for message in told]
    assert count == len(names)
    return names


def deliver(*, hours=0):
    messages_delivered.run(at=timezone.now() + timedelta(hours=hours))
    return [message.to[0].partition("@")[0] for message in mail.outbox]


class TestWhoIsTold:
    def test_who_asked_for_marketing_once(self, teapot, dora, bob):
        flash_sales.sale(teapot, announced=True)
        assert [announce(), announce(), announce()] == [["dora"], [], []]

    def test_the_chosen_tier_first_and_then_the_others(self, teapot, dora, alice, ladder):
        preferences_chosen.run(alice.loyalty_account.pk, {MARKETING: True}, at=timezone.now())
        flash_sales.sale(teapot, starts_in=5, hours=9, early=[(ladder[1], 3)], announced=True)
        assert [announce(hours=hours) for hours in (1, 3, 4, 6, 7)] == [
            [],
            ["alice"],
            [],
            ["dora"],
            [],
        ]

    def test_of_tiers_alone_nobody_else(self, teapot, dora, alice, ladder):
        flash_sales.sale(teapot, tiers_only=True, early=[(ladder[1], 0)], announced=True)
        assert announce() == []

    def test_nobody_unless_staff_want_it(self, teapot, dora):
        sale = flash_sales.sale(teapot)
        assert announce() == []
        FlashSale.objects.filter(pk=sale.pk).update(announced=True, active=False)
        assert announce() == []

    def test_nobody_of_a_sale_that_is_over(self, teapot, dora):
        flash_sales.sale(teapot, starts_in=-2, hours=-1, announced=True)
        assert announce() == []


class TestWhatIsSaid:
    def test_all_there_is_to_know(self, teapot, dora):
        ends_at = timezone.now().replace(month=7, day=5, hour=17, minute=0) + timedelta(days=365)
        flash_sales.sale(teapot, announced=True, ends_at=ends_at)
        announce()
        assert deliver() == ["dora"]
        (sent,) = mail.outbox
        assert sent.subject == "Teatime: only for a short time"
        day = f"July {ends_at.day}, {ends_at.year}, 6 p.m. (BST)"
        assert f"Teapot now costs £15, until {day}." in sent.body
        assert "As this was written: 2 are left." in sent.body
        assert f"https://example.com{teapot.get_absolute_url()}" in sent.body

    def test_a_percentage_off_a_range(self, teapot, dora):
        some = coupons.product_range("All the tea", products=[teapot])
        flash_sales.sale(None, range=some, kind="percentage", value=Decimal(25), announced=True)
        announce()
        deliver()
        assert "You now get 25% off All the tea, until" in mail.outbox[0].body
        assert "Here you can buy" not in mail.outbox[0].body

    def test_staff_look_at_it_with_and_without_a_sale(self, teapot, dora):
        source = letter_written.text_of("flash-sale", "en")
        asked = {"language": "en", "member": "dora@example.com", "at": timezone.now()}
        assert "now costs" not in letter_tried.run("flash-sale", source, **asked).text
        flash_sales.sale(teapot)
        assert "Teapot now costs £15" in letter_tried.run("flash-sale", source, **asked).text


class TestNobodyIsWrittenToInVain:
    @pytest.fixture
    def announced(self, teapot, dora):
        sale = flash_sales.sale(teapot, announced=True, units=1)
        assert announce() == ["dora"]
        return sale

    def dropped(self, **later):
        assert deliver(**later) == []
        ((_key, state, outcome),) = states()
        return state, outcome

    def test_when_it_is_over(self, announced):
        assert self.dropped(hours=2) == ("dropped", "not-true")

    def test_when_it_is_sold_out(self, announced, teapot, bob):
        assert flash_sales.pay(flash_sales.basket(teapot, bob))
        assert self.dropped() == ("dropped", "not-true")

    def test_when_it_was_stopped(self, announced):
        FlashSale.objects.update(active=False)
        assert self.dropped() == ("dropped", "not-true")

    def test_when_they_have_had_theirs(self, announced, teapot, dora):
        FlashSale.objects.update(units=2)
        announced.refresh_from_db()
        announced.save()
        coupons.place(flash_sales.basket(teapot, dora.user))
        assert self.dropped() == ("dropped", "not-true")

    def test_when_the_product_is_gone(self, announced, teapot):
        teapot.delete()
        assert self.dropped() == ("dropped", "not-true")

    def test_who_has_declined_meanwhile(self, announced, dora):
        preferences_chosen.run(dora.pk, {MARKETING: False}, at=timezone.now())
        assert self.dropped() == ("dropped", "unwanted")
