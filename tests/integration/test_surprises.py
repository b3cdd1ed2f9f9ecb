"""Members are surprised by lot: within the budget, never twice too soon, and open to a check."""

import hashlib
import hmac
from calendar import monthrange
from collections import Counter
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone as django_timezone

from oscar_loyalty.flows import (
    accounts_merged,
    due_jobs,
    letter_tried,
    letter_written,
    member_erased,
    member_exported,
    members_treated,
    messages_delivered,
    preferences_chosen,
    spending_blocked,
    surprises_drawn,
)
from oscar_loyalty.models import (
    Coupon,
    Message,
    MessageKind,
    Programme,
    SurpriseDraw,
    SurpriseGift,
    SurpriseSettings,
)
from oscar_loyalty.program.surprises import policy
from oscar_loyalty.program.surprises import services as surprises
from tests import world
from tests.mailing import states, switch_on, willing

pytestmark = pytest.mark.django_db

FIRST = date(2027, 1, 1)
ONE_DAY = timedelta(days=1)
SEED = "5eed" * 16


@pytest.fixture
def lottery(programme):
    switch_on("surprise")


@pytest.fixture
def sure(lottery, monkeypatch):
    """Every ticket wins, as long as the budget lasts."""
    monkeypatch.setattr(policy, "limit", lambda chance, day: policy.NUMBERS)


def rules(**fields):
    """Fifty points each, worth 50p."""
    wanted = {"budget": 1000, "chance": 100, "least_days": 90, "gives": "points", "value": 50}
    SurpriseSettings.objects.update_or_create(singleton=1, defaults={**wanted, **fields})


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=timezone.utc)


def draw(day=FIRST, days=1):
    """How many were surprised in so many days from this one on."""
    return sum(surprises_drawn.run(at=noon(day + offset * ONE_DAY)) for offset in range(days))


def crowd(count):
    return {willing(f"member{number}").pk for number in range(count)}


def won(day):
    gifts = SurpriseGift.objects.filter(draw__day=day)
    return set(gifts.values_list("account_id", flat=True))


def worked_out(seed, account_ids):
    """Numbers and accounts, lowest first, from the recorded seed and by nothing of ours."""
    key = bytes.fromhex(seed)
    made = {one: hmac.new(key, b"%d" % one, hashlib.sha256).hexdigest() for one in account_ids}
    return sorted((int(digest[:16], 16), one) for one, digest in made.items())


def winning(record, account_ids):
    """Whose numbers win by the chance that is recorded, lowest first, in whole numbers."""
    days = monthrange(record.day.year, record.day.month)[1]
    bound = int(record.chance * 100) * 2**64
    tickets = worked_out(record.seed, account_ids)
    return [one for number, one in tickets if number * 10_000 * days < bound]


class TestTheDraw:
    def test_two_hundred_days_of_two_hundred_members(self, lottery, clean_books):
        """Every draw worked out again; the budget and the days between kept throughout."""
        members = crowd(200)
        rules(chance=20, budget=Decimal("7.99"), least_days=60)
        spent, last, gaps, cut_short = Counter(), {}, [], 0
        for number in range(200):
            day = FIRST + number * ONE_DAY
            surprised = draw(day)
            record = SurpriseDraw.objects.get(day=day)
            eligible = {
                one for one in members if one not in last or day - last[one] >= 60 * ONE_DAY
            }
            expected = winning(record, eligible)
            left = Decimal("7.99") - spent[day.month]
            given = set(expected[: int(left / Decimal("0.50"))])
            assert won(day) == given
            assert (record.candidates, record.drawn) == (len(eligible), len(expected))
            assert (record.cost, surprised) == (Decimal("0.50"), len(given))
            spent[day.month] += record.cost * surprised
            gaps += [(day - last[one]).days for one in given if one in last]
            last |= dict.fromkeys(given, day)
            cut_short += len(expected) > len(given)
        assert max(spent.values()) == Decimal("7.50")
        assert cut_short
        assert gaps
        assert min(gaps) >= 60
        assert SurpriseDraw.objects.values("seed").distinct().count() == 200
        assert Message.objects.count() == SurpriseGift.objects.count() == sum(spent.values()) * 2

    def test_the_same_seed_is_the_same_draw(self, sure):
        members = crowd(40)
        rules(budget=Decimal("2.50"))
        SurpriseDraw.objects.create(day=FIRST, seed=SEED)
        assert draw() == 5
        assert SurpriseDraw.objects.get().seed == SEED
        assert won(FIRST) == {one for _number, one in worked_out(SEED, members)[:5]}

    def test_once_a_day(self, sure):
        crowd(3)
        rules()
        assert draw() == 3
        willing("latecomer")
        assert draw() == 0
        assert draw(FIRST + ONE_DAY) == 1

    def test_a_draw_that_is_broken_off_keeps_its_seed(self, sure, monkeypatch):
        crowd(3)
        rules()
        with monkeypatch.context() as broken, pytest.raises(RuntimeError):
            broken.setattr(surprises, "finish", fail)
            draw()
        begun = SurpriseDraw.objects.get()
        assert (begun.finished_at, SurpriseGift.objects.count()) == (None, 0)
        assert draw() == 3
        assert SurpriseDraw.objects.get().seed == begun.seed

    def test_what_was_won_and_not_given_is_given_later(self, sure, monkeypatch):
        crowd(3)
        rules()
        self.draw_without_giving(monkeypatch)
        assert SurpriseGift.objects.filter(given_at=None).count() == 3
        later = FIRST + 2 * ONE_DAY
        assert draw(later) == 3
        assert set(SurpriseGift.objects.values_list("given_at", flat=True)) == {noon(later)}
        assert Message.objects.count() == 3

    def test_what_became_dearer_meanwhile_leaves_the_budget(self, sure, monkeypatch):
        crowd(3)
        rules(budget=2)
        self.draw_without_giving(monkeypatch)
        rules(budget=2, value=100)
        assert draw() == 0
        assert not SurpriseGift.objects.exists()
        assert draw(FIRST + ONE_DAY) == 2

    def test_merged_before_it_was_given_it_leaves_the_budget(self, sure, alice, monkeypatch):
        rules(budget=Decimal("0.50"))
        dora, eve = willing("dora"), world.member("eve")
        self.draw_without_giving(monkeypatch)
        accounts_merged.run(dora.pk, eve.pk, note="-", actor_id=alice.pk, at=noon(FIRST))
        assert draw() == 0
        assert not SurpriseGift.objects.exists()
        willing("frank")
        assert draw(FIRST + ONE_DAY) == 1

    def test_found_by_the_due_jobs(self, sure):
        crowd(2)
        rules()
        assert due_jobs.run(at=noon(FIRST))["members surprised"] == 2

    @pytest.mark.parametrize(
        "off",
        [
            lambda: Programme.objects.update(active=False),
            lambda: MessageKind.objects.update(active=False),
            lambda: SurpriseSettings.objects.all().delete(),
        ],
    )
    def test_no_draw_while_switched_off(self, sure, off):
        crowd(2)
        rules()
        off()
        assert draw() == 0
        assert not SurpriseDraw.objects.exists()

    def draw_without_giving(self, monkeypatch):
        with monkeypatch.context() as broken, pytest.raises(RuntimeError):
            broken.setattr(members_treated, "run", fail)
            draw()


class TestWhom:
    def test_only_who_asked_and_is_not_restrained(self, sure, alice):
        rules()
        at = noon(FIRST)
        names = ("dora", "blocked", "erased", "merged", "declined")
        members = {name: willing(name) for name in names}
        note = {"note": "-", "actor_id": alice.pk, "at": at}
        spending_blocked.run(members["blocked"].pk, **note)
        member_erased.run(members["erased"].pk, at=at)
        accounts_merged.run(members["merged"].pk, members["dora"].pk, **note)
        declined = members["declined"].pk
        preferences_chosen.run(declined, {"surprise": False}, at=django_timezone.now())
        world.member("never-asked")
        assert draw() == 1
        assert won(FIRST) == {members["dora"].pk}
        assert SurpriseDraw.objects.get().candidates == 1

    @pytest.mark.parametrize(("days", "again"), [(29, 0), (30, 1)])
    def test_not_again_before_so_many_days(self, sure, days, again):
        rules(least_days=30)
        willing()
        assert draw() == 1
        assert draw(FIRST + days * ONE_DAY) == again

    def test_a_merge_is_no_way_round_it(self, sure, alice):
        rules()
        dora = willing("dora")
        assert draw() == 1
        eve = willing("eve")
        accounts_merged.run(dora.pk, eve.pk, note="-", actor_id=alice.pk, at=noon(FIRST))
        assert draw(FIRST + ONE_DAY) == 0


class TestBudget:
    @pytest.mark.parametrize(
        ("gift", "cost"),
        [
            ({"gives": "points", "value": 55}, "0.55"),
            ({"gives": "amount", "value": Decimal("2.50")}, "2.50"),
            ({"gives": "percentage", "value": 10, "assumed_cost": Decimal("3.33")}, "3.33"),
            ({"gives": "free-shipping", "value": 0, "assumed_cost": Decimal(4)}, "4.00"),
        ],
    )
    def test_what_one_costs(self, sure, gift, cost):
        crowd(5)
        rules(budget=3 * Decimal(cost) + Decimal("0.01"), **gift)
        assert draw() == 3
        record = SurpriseDraw.objects.get()
        assert (record.cost, record.drawn, record.candidates) == (Decimal(cost), 5, 5)

    def test_a_new_month_has_a_new_one(self, sure):
        crowd(5)
        rules(budget=1)
        assert draw(date(2027, 1, 30), days=2) == 2
        assert draw(date(2027, 2, 1)) == 2

    def test_lowered_below_what_was_spent(self, sure):
        crowd(4)
        rules(budget=1)
        assert draw() == 2
        rules(budget=Decimal("0.50"))
        assert draw(FIRST + ONE_DAY) == 0

    def test_without_one_nobody_is_surprised(self, sure):
        crowd(2)
        rules(budget=0)
        assert draw(days=3) == 0
        assert list(SurpriseDraw.objects.values_list("drawn", flat=True)) == [2, 2, 2]


class TestBrought:
    def test_points_and_the_letter(self, sure):
        rules()
        dora = willing()
        draw()
        dora.refresh_from_db()
        assert dora.balance == 50
        message = Message.objects.get()
        assert (message.key, message.marketing) == (f"surprise:2027-01-01:{dora.pk}", True)
        messages_delivered.run(at=noon(FIRST))
        (sent,) = mail.outbox
        assert sent.subject == "A surprise for you from Larkfield"
        assert "Here is a present for you: 50 points" in sent.body

    def test_a_coupon(self, sure):
        rules(gives="amount", value=5)
        willing()
        draw()
        messages_delivered.run(at=noon(FIRST))
        code = Coupon.objects.get().voucher.code
        assert f"Your code for the basket is {code}." in mail.outbox[0].body

    def test_it_is_not_sent_days_later(self, sure):
        rules()
        willing()
        draw()
        messages_delivered.run(at=noon(FIRST) + 3 * ONE_DAY + timedelta(seconds=1))
        assert [why for _key, _state, why in states()] == ["too-late"]

    def test_staff_look_at_its_text(self, lottery):
        willing()
        source = letter_written.text_of("surprise", "en")
        told = {"language": "en", "member": "dora@example.com", "at": noon(FIRST)}
        letter = letter_tried.run("surprise", source, **told)
        assert letter.subject == "A surprise for you from Larkfield"
        assert "{{" not in letter.text

    def test_a_member_is_told_what_we_hold(self, sure):
        rules()
        dora = willing()
        draw()
        (row,) = member_exported.run(dora.pk)["surprises"]
        assert (row["account_id"], row["given_at"]) == (dora.pk, noon(FIRST))


class TestRow:
    @pytest.mark.parametrize(
        ("fields", "where", "sentence"),
        [
            ({"gives": "nothing", "value": 0}, "gives", "Choose what a surprise brings."),
            ({"gives": "percentage", "value": 10}, "assumed_cost", "is taken to cost you."),
            ({"gives": "free-shipping", "value": 0}, "assumed_cost", "is taken to cost you."),
            ({"gives": "points", "value": 0}, "value", "Write a whole number of points"),
            ({"chance": 0}, "chance", "greater than or equal to 0.01"),
            ({"chance": 101}, "chance", "less than or equal to 100"),
            ({"budget": -1}, "budget", "greater than or equal to 0"),
            ({"least_days": 0}, "least_days", "greater than or equal to 1"),
        ],
    )
    def test_what_cannot_be_is_refused(self, programme, fields, where, sentence):
        wanted = {"budget": 1, "chance": 1, "gives": "points", "value": 50, **fields}
        with pytest.raises(ValidationError) as refused:
            SurpriseSettings(**wanted).full_clean()
        assert sentence in " ".join(refused.value.message_dict[where])

    @pytest.mark.parametrize(
        "fields",
        [
            {"gives": "nothing"},
            {"gives": "percentage", "value": 10},
            {"value": 0},
            {"chance": 0},
            {"budget": -1},
            {"least_days": 0},
            {"singleton": 2},
        ],
    )
    def test_the_database_sees_to_it(self, programme, fields):
        wanted = {"budget": 1, "chance": 1, "gives": "points", "value": 50, **fields}
        with pytest.raises(IntegrityError), transaction.atomic():
            SurpriseSettings.objects.create(**wanted)
        assert not SurpriseSettings.objects.exists()

    def test_a_draw_is_finished_or_not(self, programme):
        with pytest.raises(IntegrityError), transaction.atomic():
            SurpriseDraw.objects.create(day=FIRST, seed=SEED, finished_at=noon(FIRST))


def fail(*args, **kwargs):
    raise RuntimeError
