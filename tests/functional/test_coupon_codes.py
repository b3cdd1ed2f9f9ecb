"""Codes typed at the basket: one answer to all that cannot be used, and an end to guessing."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from oscar.apps.basket.signals import voucher_addition
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.checkout import codes
from oscar_loyalty.flows import accounts_merged
from oscar_loyalty.models import Coupon
from oscar_loyalty.program.coupons import services as coupon_services
from tests import coupons, world
from tests.functional import buying, desk
from tests.functional.sabotage import BROKEN
from tests.functional.test_coupons import WRONG, said, type_code

pytestmark = pytest.mark.django_db

Voucher = get_model("voucher", "Voucher")

SIGN_IN = "If it was given to you, please sign in first."
TOO_MANY = "Too many wrong codes were tried: please wait ten minutes and try again."
UNKNOWN = "AAAA-BBBB-CCCC-DDDD"
ADD = "/basket/vouchers/add/"


@pytest.fixture
def shop(programme):
    return world.product("20.00", title="Teapot")


@pytest.fixture
def dora(shop):
    return world.customer("dora")


@pytest.fixture
def five(dora):
    return coupons.give(dora)


@pytest.fixture
def bobs(bob, shop):
    return coupons.give(bob)


@pytest.fixture
def summer(shop):
    """A voucher of the shop's own: 10 % off everything, for anybody, as often as they like."""
    everything = factories.RangeFactory(name="Everything", includes_all_products=True)
    offer = factories.ConditionalOfferFactory(
        name="Summer",
        offer_type="Voucher",
        benefit=factories.BenefitFactory(type="Percentage", value=10, range=everything),
        condition=factories.ConditionFactory(type="Value", value=15, range=everything),
    )
    made = factories.VoucherFactory(code="SUMMER", name="Summer", usage=Voucher.MULTI_USE)
    made.offers.set([offer])
    return made


def total(page):
    return page.context["basket"].total_incl_tax


def answer(client, code):
    """Status, where it leads and what is said, and whether the code took something off."""
    sent = client.post(ADD, {"code": code})
    page = client.get(sent.url)
    heard = [str(message) for message in page.context["messages"]]
    return sent.status_code, sent.url, heard, page.context["basket"].total_incl_tax


def signed_in(user, shop):
    """A browser with a teapot in its basket."""
    client = Client()
    if user:
        client.force_login(user)
    client.post(reverse("basket:add", args=[shop.pk]), {"quantity": 1})
    client.get(reverse("basket:summary"))
    return client


def lookups(captured):
    return [sql for sql in captured if '"voucher_voucher"."code" =' in sql]


class TestOneAnswer:
    def wrong(self, five, bobs, summer, dora):
        """A code that is wrong for each reason there is, by the reason."""
        past = timezone.now() - timedelta(days=1)
        found = {"unknown": UNKNOWN, "foreign": bobs.voucher.code}
        used = coupons.give(dora, source="used")
        coupons.order(dora, "20.00", coupon=used)
        found["used"] = used.voucher.code
        for reason in ("expired", "closed", "used and forgotten by Oscar", "not begun"):
            coupon = coupons.give(dora, source=reason)
            found[reason] = coupon.voucher.code
            rows = Coupon.objects.filter(pk=coupon.pk)
            of_it = Voucher.objects.filter(pk=coupon.voucher_id)
            if reason == "expired":
                of_it.update(end_datetime=past)
            elif reason == "closed":
                rows.update(closed_at=past)
            elif reason == "not begun":
                of_it.update(start_datetime=timezone.now() + timedelta(days=1))
            else:
                rows.update(order_number="gone", claimed_at=past)
        theirs = factories.VoucherFactory(code="WINTER", name="Winter", end_datetime=past)
        theirs.offers.set(summer.offers.all())
        found["expired, of the shop's own"] = theirs.code
        once = factories.VoucherFactory(code="ONCE", name="Once", usage=Voucher.SINGLE_USE)
        once.offers.set(summer.offers.all())
        once.applications.create(order=dora.orders.first())
        found["used, of the shop's own"] = once.code
        return found

    def test_to_a_customer(self, shop, dora, five, bobs, summer):
        wrong = self.wrong(five, bobs, summer, dora)
        client = signed_in(dora, shop)
        for reason, code in wrong.items():
            cache.clear()
            told = (302, reverse("basket:summary"), [WRONG], Decimal("20.00"))
            assert answer(client, code) == told, reason
        assert get_model("basket", "Basket").objects.filter(vouchers__isnull=False).count() == 1

    def test_to_a_guest(self, shop, dora, five, bobs, summer):
        wrong = {**self.wrong(five, bobs, summer, dora), "good, of somebody": five.voucher.code}
        client = signed_in(None, shop)
        for reason, code in wrong.items():
            cache.clear()
            told = (302, reverse("basket:summary"), [f"{WRONG} {SIGN_IN}"], Decimal("20.00"))
            assert answer(client, code) == told, reason

    def test_messages_of_before_are_kept(self, django_app, shop, dora):
        django_app.set_user(dora)
        page = django_app.get(shop.get_absolute_url())
        page.forms["add_to_basket_form"].submit()
        form = page.forms["add_to_basket_form"]
        sent = django_app.post(
            ADD, {"code": UNKNOWN, "csrfmiddlewaretoken": form["csrfmiddlewaretoken"].value}
        )
        heard = said(sent.follow())
        assert any("has been added to your cart" in sentence for sentence in heard)
        assert heard[-1] == WRONG


class TestRightCodes:
    """All that Oscar does with a code that can be used, it goes on to do."""

    def test_of_the_shops_own(self, django_app, shop, dora, summer):
        heard = []

        def listen(sender, basket, voucher, **kwargs):
            heard.append((type(sender), basket.owner, voucher))

        voucher_addition.connect(listen)
        try:
            buying.add(django_app, shop, user=dora)
            page = type_code(django_app, dora, " summer ")
        finally:
            voucher_addition.disconnect(listen)
        assert "Coupon 'SUMMER' added to cart" in said(page)
        assert total(page) == Decimal("18.00")
        assert heard == [(codes.AddCodeView, dora, summer)]
        summer.refresh_from_db()
        assert summer.num_basket_additions == 1
        page = type_code(django_app, dora, "SUMMER")
        assert "You have already added the 'SUMMER' coupon to your cart" in said(page)
        assert total(page) == Decimal("18.00")

    def test_one_that_wants_a_fuller_basket(self, django_app, shop, dora, summer, five):
        """Whose it is is no secret from its owner."""
        mine = coupons.give(dora, source="from £100", minimum=Decimal(100))
        cheap = world.product("5.00", title="Spoon")
        buying.add(django_app, cheap, user=dora)
        for code in ("SUMMER", mine.voucher.code):
            page = type_code(django_app, dora, code)
            assert said(page)[0] == "Your cart does not qualify for a coupon discount"
        assert cache.get(f"oscar_loyalty:codes:user:{dora.pk}") == 0

    def test_no_code_and_no_basket(self, shop, dora, summer):
        client = Client()
        client.force_login(dora)
        assert client.get(ADD).url == reverse("basket:summary")
        sent = client.post(ADD, {"code": " "})
        assert sent.url == reverse("basket:summary") + "#voucher"
        heard = [str(message) for message in client.get(sent.url).context["messages"]]
        assert heard == ["Please enter a coupon code"]

    def test_taking_one_out_again(self, django_app, shop, dora, summer):
        buying.add(django_app, shop, user=dora)
        page = type_code(django_app, dora, "SUMMER")
        form = next(form for form in page.forms.values() if form.action.endswith("/remove/"))
        page = form.submit().follow()
        assert "Coupon 'SUMMER' removed from basket" in said(page)
        assert total(page) == Decimal("20.00")

    @pytest.mark.parametrize("ours", [False, True])
    def test_cost_no_query_more_than_oscars_view(
        self, shop, dora, five, summer, ours, queries, monkeypatch
    ):
        client = signed_in(dora, shop)
        code = five.voucher.code if ours else "SUMMER"

        def cost():
            asked = queries(lambda: client.post(ADD, {"code": code}))
            basket = dora.baskets.get(status="Open")
            assert basket.vouchers.get().code == code
            basket.vouchers.clear()
            return len(asked)

        cost()
        with_us = cost()
        monkeypatch.setattr(codes.AddCodeView, "form_valid", codes.AddCodeView.__base__.form_valid)
        assert with_us == cost()


class TestGuessing:
    def guess(self, client, times):
        """What each guess was told."""
        for _turn in range(times):
            client.post(ADD, {"code": coupon_services.new_code()})
        page = client.get(reverse("basket:summary"))
        return [str(message) for message in page.context["messages"]]

    @pytest.mark.parametrize("who", ["dora", None])
    def test_three_hundred_guesses_are_ten_lookups(self, shop, dora, five, who, queries):
        client = signed_in(dora if who else None, shop)
        heard = []
        asked = lookups(queries(lambda: heard.extend(self.guess(client, 300))))
        wrong = WRONG if who else f"{WRONG} {SIGN_IN}"
        assert heard == [wrong] * 10 + [TOO_MANY] * 290
        # Each is looked up, and looked for in the basket before and after.
        found = [sql for sql in asked if "basket_basket_vouchers" not in sql]
        assert len(found) == 10
        assert len(asked) == 30

    def test_what_is_throttled_looks_no_right_code_up(self, shop, dora, five, summer):
        client = signed_in(dora, shop)
        self.guess(client, 10)
        told = (302, reverse("basket:summary"), [TOO_MANY], Decimal("20.00"))
        assert answer(client, five.voucher.code) == told
        assert answer(client, "SUMMER") == told
        cache.delete(f"oscar_loyalty:codes:user:{dora.pk}")
        assert answer(client, five.voucher.code)[3] == Decimal("15.00")

    def test_right_codes_do_not_count(self, shop, dora, summer):
        client = signed_in(dora, shop)
        for _turn in range(12):
            assert answer(client, "SUMMER")[3] == Decimal("18.00")
            dora.baskets.get(status="Open").vouchers.clear()
        self.guess(client, 9)
        assert answer(client, "SUMMER")[3] == Decimal("18.00")

    def test_nobody_else_is_kept_out(self, shop, dora, bob, summer):
        self.guess(signed_in(dora, shop), 12)
        self.guess(signed_in(None, shop), 12)
        for who in (bob, None):
            assert answer(signed_in(who, shop), "SUMMER")[3] == Decimal("18.00")

    def test_ten_minutes_after_the_first_there_are_ten_more(self, shop, dora, monkeypatch):
        client, key = signed_in(dora, shop), f"oscar_loyalty:codes:user:{dora.pk}"
        lasts, add = [], cache.add

        def note(name, value, timeout):
            added = add(name, value, timeout)
            lasts.extend([timeout] if added else [])
            return added

        monkeypatch.setattr(codes.cache, "add", note, raising=False)
        assert self.guess(client, 12)[-1] == TOO_MANY
        # What comes later does not make it longer.
        assert lasts == [600]
        cache.delete(key)
        assert self.guess(client, 11) == [WRONG] * 10 + [TOO_MANY]


class TestFailing:
    @pytest.mark.parametrize("failing", ["add", "incr", "decr"])
    def test_a_cache_that_fails_fails_no_page(self, shop, dora, five, summer, failing, monkeypatch):
        client = signed_in(dora, shop)
        client.post(ADD, {"code": UNKNOWN})

        def fail(*args, **kwargs):
            raise ConnectionError("the cache is down")

        client.get(reverse("basket:summary"))
        monkeypatch.setattr(codes.cache, failing, fail, raising=False)
        assert answer(client, UNKNOWN)[2] == [WRONG]
        assert answer(client, five.voucher.code)[3] == Decimal("15.00")

    def test_without_a_cache_codes_work(self, shop, dora, five, settings):
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
        client = signed_in(dora, shop)
        assert answer(client, UNKNOWN)[2] == [WRONG]
        assert answer(client, five.voucher.code)[3] == Decimal("15.00")

    def test_where_our_statements_fail_oscar_says_what_it_says(self, shop, dora, bobs):
        client = signed_in(dora, shop)

        def fail(execute, sql, params, many, context):
            ours = "oscar_loyalty_" in sql
            return execute(BROKEN if ours else sql, None if ours else params, many, context)

        with connection.execute_wrapper(fail):
            told = answer(client, bobs.voucher.code)
        qualifies = "Your cart does not qualify for a coupon discount"
        assert told == (302, reverse("basket:summary"), [qualifies], Decimal("20.00"))
        assert bobs.voucher.basket_set.count() == 0


def test_of_a_merged_member(shop, dora, five):
    """Whoever a coupon went on to types it as before, at both log-ins."""
    anna = world.customer("anna")
    gone, stays = dora.loyalty_account.pk, anna.loyalty_account.pk
    accounts_merged.run(gone, stays, note="Same", actor_id=desk.owner().pk, at=timezone.now())
    for user in (dora, anna):
        client = signed_in(user, shop)
        assert answer(client, five.voucher.code)[3] == Decimal("15.00")
        user.baskets.get(status="Open").vouchers.clear()
