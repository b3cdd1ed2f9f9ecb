"""Coupons for many members at once: so many statements for any number, and each only once."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty import errors, signals
from oscar_loyalty.flows import books_audited, coupon_given, presents_given
from oscar_loyalty.flows.coupon_given import gift_of
from oscar_loyalty.models import Coupon, CouponOffer, MessageKind, Programme
from oscar_loyalty.program.coupons import policy
from oscar_loyalty.program.coupons import services as coupon_services
from oscar_loyalty.program.terms import queries as terms_queries
from tests import coupons, world
from tests.races import LONG_ENOUGH_MS, at_once

pytestmark = pytest.mark.django_db

Offer = get_model("offer", "ConditionalOffer")
Voucher = get_model("voucher", "Voucher")


@pytest.fixture
def accounts(programme):
    """Five members."""
    return [world.member() for _turn in range(5)]


@pytest.fixture
def queries_of():
    """Do something; what it answered, and the statements that it took."""

    def done(act):
        with CaptureQueriesContext(connection) as captured:
            answer = act()
        return answer, [query["sql"] for query in captured]

    return done


@pytest.fixture
def present():
    """What a message brings: £5."""
    return brought("amount", 5)


def brought(gives, value):
    """A present as it stands in the database; none of these is switched on."""
    kind = {"code": "check-in", "gives": gives, "value": value, "valid_days": 14}
    return MessageKind.objects.get(pk=MessageKind.objects.create(**kind).pk)


@transaction.atomic
def give(present, accounts, *, day="today"):
    keys = {account.pk: f"bonus:{account.pk}:{day}" for account in accounts}
    return presents_given.run(
        present, keys, action="present", terms=terms_queries.written(), at=timezone.now()
    )


@transaction.atomic
def deliver(*wanted, value="5.00"):
    """One coupon for each account and key, entered together."""
    at = timezone.now()
    gives = coupon_services.offer_for(gift_of("amount", Decimal(value)))
    new = [
        Coupon(account=account, key=key, gives=gives, expires_at=at + timedelta(days=9))
        for account, key in wanted
    ]
    return coupon_given.deliver_many(new, at=at)


def assert_right():
    assert books_audited.run(at=timezone.now()).violations == []


def counts():
    return Coupon.objects.count(), Voucher.objects.count(), Offer.objects.count()


class TestMany:
    def test_each_member_has_a_code_of_their_own(self, accounts, present):
        given = give(present, accounts)
        assert set(given) == {account.pk for account in accounts}
        assert counts() == (5, 5, 1)
        until = timezone.now() + timedelta(days=14)
        for coupon in Coupon.objects.select_related("voucher", "gives"):
            assert coupon.pk == given[coupon.account_id]
            assert coupon.key == f"bonus:{coupon.account_id}:today"
            assert coupon.gives.gift == policy.Gift("amount", Decimal(5), Decimal(0), "GBP")
            voucher = coupon.voucher
            assert policy.may_be_code(voucher.code)
            assert voucher.name == f"Coupon: £5 off ({voucher.code})"
            assert (voucher.usage, voucher.num_orders) == (Voucher.SINGLE_USE, 0)
            assert (voucher.start_datetime, voucher.end_datetime) == (
                coupon.issued_at,
                coupon.expires_at,
            )
            assert timedelta(0) <= voucher.end_datetime - until < timedelta(days=1)
            assert list(voucher.offers.all()) == [coupon.gives.offer]
        assert Voucher.objects.values("code").distinct().count() == 5
        assert_right()

    def test_each_is_good_for_its_owner_alone(self, accounts, present):
        give(present, accounts)
        mine, theirs = Coupon.objects.select_related("voucher", "account__user")[:2]
        for owner, total in ((mine.account.user, 15), (theirs.account.user, 20), (None, 20)):
            basket = coupons.basket_of(owner, "20.00", coupon=mine)
            seen = coupons.as_next_seen(basket, owner or AnonymousUser())
            assert seen.total_incl_tax == total
        order = coupons.order(mine.account.user, "20.00", coupon=mine, number="1")
        assert order.total_incl_tax == Decimal("15.00")
        assert Coupon.objects.get(order_number="1") == mine
        assert_right()

    def test_again_gives_nothing(self, accounts, present, queries_of):
        given = give(present, accounts)
        made, statements = queries_of(lambda: give(present, accounts))
        assert made == given
        assert counts() == (5, 5, 1)
        assert not any('INSERT INTO "voucher' in sql for sql in statements)

    def test_half_done_before_gives_only_the_rest(self, accounts, present):
        first = give(present, accounts[:2])
        codes = dict(Coupon.objects.values_list("pk", "voucher__code"))
        given = give(present, accounts)
        assert first.items() <= given.items()
        assert counts() == (5, 5, 1)
        assert codes.items() <= dict(Coupon.objects.values_list("pk", "voucher__code")).items()

    def test_what_was_given_stays_when_staff_choose_something_else(self, accounts, present):
        first = give(present, accounts[:2])
        present.value = Decimal(7)
        given = give(present, accounts)
        assert first.items() <= given.items()
        worth = Coupon.objects.order_by("pk").values_list("gives__value", flat=True)
        assert list(worth) == [5, 5, 7, 7, 7]
        assert_right()

    def test_whoever_lost_the_code_gets_no_other(self, accounts, present):
        given = give(present, accounts)
        Voucher.objects.all().delete()
        assert give(present, accounts) == given
        assert counts() == (5, 0, 1)

    def test_points_and_nothing_are_no_coupons(self, accounts):
        present = brought("nothing", 0)
        assert give(present, accounts) == {}
        present.gives, present.value = "points", Decimal(30)
        for _turn in range(2):
            assert give(present, accounts) == {}
        assert counts() == (0, 0, 0)
        for account in accounts:
            account.refresh_from_db()
            assert (account.balance, account.seq) == (30, 1)

    def test_what_is_not_there_any_more_gives_nothing(self, accounts, present):
        present.gives, present.value, present.range_id = "gift", Decimal(0), 999_999
        with pytest.raises(errors.InvalidCoupon):
            give(present, accounts)
        assert counts() == (0, 0, 0)
        assert CouponOffer.objects.count() == 0

    def test_for_nobody(self, programme, present):
        assert give(present, []) == {}
        assert coupon_given.deliver_many([], at=timezone.now()) == []
        assert (Coupon.objects.count(), Voucher.objects.count()) == (0, 0)

    @pytest.mark.usefixtures("require_postgres")
    def test_ten_and_two_hundred_take_as_many_statements(self, programme, present, queries_of):
        """SQLite takes so few values in one statement that two hundred need some more."""
        members = [world.member() for _turn in range(210)]
        give(present, members[:1], day="the offer's own")
        cost = [
            len(queries_of(partial(give, present, some))[1])
            for some in (members[:10], members[10:])
        ]
        assert cost[0] == cost[1]
        assert counts()[:2] == (211, 211)


class TestAKeyAgain:
    def test_in_one_call_gives_once(self, accounts):
        ann = accounts[0]
        first, second = deliver((ann, "a"), (ann, "a"))
        assert (first.coupon_id, first.code) == (second.coupon_id, second.code)
        assert counts() == (1, 1, 1)

    def test_answers_in_the_order_asked(self, accounts):
        (given,) = deliver((accounts[0], "m"))
        asked = [(account, key) for account, key in zip(accounts, "zmyax", strict=True)]
        with pytest.raises(errors.KeyReused, match=r"^m was given already, with another coupon\.$"):
            deliver(*asked)
        assert counts() == (1, 1, 1)
        asked[1] = (accounts[0], "m")
        answers = deliver(*asked)
        found = Coupon.objects.in_bulk([one.coupon_id for one in answers])
        assert [found[one.coupon_id].key for one in answers] == list("zmyax")
        assert [one.new for one in answers] == [True, False, True, True, True]
        assert answers[1].code == given.code
        assert [one.code for one in answers] == [
            found[one.coupon_id].voucher.code for one in answers
        ]

    def test_with_another_gift_is_refused_with_all_the_others(self, accounts):
        deliver((accounts[0], "a"))
        with pytest.raises(errors.KeyReused):
            deliver((accounts[0], "b"), (accounts[0], "a"), value="6.00")
        assert counts() == (1, 1, 1)

    def test_the_shop_hears_of_each_new_one(self, accounts, django_capture_on_commit_callbacks):
        heard = []

        def listen(sender, account_id, coupon_id, key, **kwargs):
            heard.append((account_id, coupon_id, key))

        deliver((accounts[0], "a"))
        signals.coupon_given.connect(listen)
        try:
            with django_capture_on_commit_callbacks(execute=True):
                answers = deliver(*zip(accounts[:3], "abc", strict=True))
        finally:
            signals.coupon_given.disconnect(listen)
        assert sorted(heard) == [
            (accounts[1].pk, answers[1].coupon_id, "b"),
            (accounts[2].pk, answers[2].coupon_id, "c"),
        ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("require_postgres")
class TestRaces:
    @pytest.fixture(autouse=True)
    def _patience(self, settings):
        settings.OSCAR_LOYALTY_LOCK_TIMEOUT_MS = LONG_ENOUGH_MS

    @pytest.fixture
    def members(self, programme):
        return [world.member() for _turn in range(40)]

    def test_presents_given_twice_at_once(self, members, present):
        answers = at_once([partial(give, present, members)] * 4)
        assert all(answer == answers[0] for answer in answers)
        assert counts() == (40, 40, 1)
        assert_right()

    def test_the_same_keys_in_any_order(self, members):
        """Without a lock of the accounts: what they give keeps whoever comes late waiting."""

        def mint(turn):
            ordered = members[::-1] if turn % 2 else members
            given = deliver(*((account, f"k:{account.pk}") for account in ordered))
            assert all(policy.may_be_code(one.code) for one in given)
            return sum(one.new for one in given)

        assert sum(at_once([partial(mint, turn) for turn in range(6)])) == 40
        assert counts() == (40, 40, 1)
        assert Coupon.objects.filter(voucher=None).count() == 0
        assert_right()

    def test_halves_that_overlap(self, members, present):
        parts = [members[:25], members[15:], members[10:30]]
        at_once([partial(give, present, part) for part in parts])
        assert counts() == (40, 40, 1)
        assert set(Coupon.objects.values_list("account_id", flat=True)) == {
            account.pk for account in members
        }

    def test_one_key_for_two_members_at_once(self, members):
        """One of them gets it, the other is refused with all that came with it."""
        deliver((members[0], "the offer"))

        def mint(account):
            return len(deliver((account, f"own:{account.pk}"), (account, "shared")))

        answers = at_once([partial(mint, account) for account in members[:4]])
        assert sorted(map(str, answers)) == ["2", "key-reused", "key-reused", "key-reused"]
        assert counts() == (3, 3, 1)

    def test_one_key_for_two_gifts_at_once(self, members):
        """Each locks what it gives, not the other's: the unique key decides."""

        def mint(value):
            return len(deliver((members[0], f"own:{value}"), (members[0], "shared"), value=value))

        answers = at_once(partial(mint, value) for value in ("5.00", "6.00", "7.00"))
        assert sorted(map(str, answers)) == ["2", "key-reused", "key-reused"]
        assert counts() == (2, 2, 1)


def test_without_a_programme_nothing_is_given(accounts, present):
    terms = terms_queries.written()
    Programme.objects.all().delete()
    with pytest.raises(errors.NoProgramme):
        presents_given.run(
            present, {accounts[0].pk: "k"}, action="present", terms=terms, at=timezone.now()
        )
    assert counts() == (0, 0, 0)
