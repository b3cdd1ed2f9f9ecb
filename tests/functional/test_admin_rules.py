"""Rules as staff write, change, end and try them, and what they see of them."""

from datetime import datetime, timedelta, timezone

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.models import Account, Award, EarningRule, Entry, RuleUse, RuleVersion
from tests import world
from tests.functional.desk import Desk, owner, signed_in
from tests.functional.odd_strings import CORPUS
from tests.functional.reading import listed, words
from tests.sampling import some

ADD = reverse("admin:oscar_loyalty_ruleversion_add")
LIST = reverse("admin:oscar_loyalty_ruleversion_changelist")


@pytest.fixture
def desk(django_app, programme):
    return Desk(django_app, owner())


def page_of(version):
    return reverse("admin:oscar_loyalty_ruleversion_change", args=[version.pk])


def sentences(page):
    return words(page.html)


def errors(page):
    return " ".join(listed(page, ".errorlist"))


def versions():
    return list(RuleVersion.objects.order_by("pk").values_list("rule_id", "number", "points"))


def test_a_rule_with_all_that_it_can_ask_for(desk):
    gold, traders = world.tier("Gold", 1, "300"), Group.objects.create(name="Traders")
    country = factories.CountryFactory(
        iso_3166_1_a2="GB", printable_name="United Kingdom", is_shipping_country=True
    )
    lamp = world.product("10.00", title="Lamp")
    page = desk.save(
        ADD,
        name="Friday lamps",
        product=str(lamp.pk),
        points="5",
        every="2",
        first_day="2026-06-01",
        last_day="2026-06-30",
        weekdays=["5", "6"],
        from_time="22:00",
        until_time="02:00",
        tiers=["0", str(gold.pk)],
        groups=[str(traders.pk)],
        languages=["en"],
        countries=[country.pk],
        minimum="20.00",
        nth_order="2",
        cap_order="10",
        cap_period="20",
        period="month",
        cap_member="50",
        budget="1000",
        priority="3",
        expiry_months="6",
    )
    assert page.status_int == 302, errors(page)
    made = RuleVersion.objects.get()
    assert (made.product, made.points, made.every, made.number) == (lamp, 5, 2, 1)
    assert (made.weekdays, made.tiers, made.groups) == ([5, 6], [0, gold.pk], [traders.pk])
    assert (made.languages, made.countries) == (["en"], ["GB"])
    assert made.actor == f"user:{desk.user.pk}"
    assert made.rule.current == made
    assert (
        "5 extra points for every 2 of Lamp. Only from June 1, 2026 to June 30, 2026. "
        "Only on these days: Friday, Saturday. Only between 22:00 and 02:00. "
        "Only for members without a tier, and for the tiers: Gold. "
        "Only for the customer groups: Traders. Only for those who read: English. "
        "Only for orders that go to: United Kingdom. Only for order number 2 of a customer. "
        "Only for orders of £20 or more. At most 10 points for an order. "
        "At most 20 points for a member a month. At most 50 points for a member. "
        "Only as long as its budget lasts. What it gives is good for 6 months."
    ) in sentences(desk.read(LIST))


def test_a_change_is_a_new_version_and_the_old_one_stays(desk):
    old = world.rule(points=5, product=world.product("10.00"))
    assert desk.save(page_of(old), points="7").status_int == 302
    assert versions() == [(old.rule_id, 1, 5), (old.rule_id, 2, 7)]
    assert EarningRule.objects.get().current.points == 7
    page = desk.read(page_of(EarningRule.objects.get().current))
    assert "5 extra points for every" in sentences(page)
    # The page of a version that is not the newest leads nowhere: nothing could be changed there.
    assert desk.app.get(page_of(old), user=desk.user).status_int == 302


def test_a_rule_ends_and_gives_nothing_more(desk, bob):
    lamp = world.product("10.00")
    version = world.rule(points=5, product=lamp)
    world.place(bob, products=[lamp], number="before")
    sent = desk.fields(page_of(version))
    page = desk.app.post(page_of(version), {**sent, "_retire": "1"}, user=desk.user).follow()
    assert "The rule gives nothing any more. What it gave stays." in sentences(page)
    world.place(bob, products=[lamp], number="after")
    awards = dict(Award.objects.values_list("order_number", "points"))
    assert awards == {"before": 15, "after": 10}
    newest = EarningRule.objects.get().current
    assert (newest.retired, newest.number) == (True, 2)
    assert "This rule has ended" in sentences(desk.read(page_of(newest)))
    answer = signed_in(desk.user).post(page_of(newest), {**sent, "_save": "1"})
    assert answer.status_code == 403
    assert RuleVersion.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"points": "0"}, "Write how many points it gives."),
        ({"points": "1000001"}, "less than or equal to 1000000"),
        ({"points": "-1"}, "greater than or equal to 0"),
        ({"effect": "multiplier"}, "Write by how much to multiply, more than 1."),
        ({"effect": "multiplier", "factor": "1"}, "Write by how much to multiply, more than 1."),
        ({"effect": "multiplier", "factor": "101"}, "less than or equal to 100"),
        ({"effect": "per-money", "points": "1"}, "Write for how much money"),
        (
            {"effect": "per-money", "points": "900000", "per_amount": "1"},
            "Give at most 10000 points for one unit of money.",
        ),
        ({"effect": "excludes"}, "With this rule no order would ever earn anything"),
        ({"effect": "excludes", "minimum": "5", "budget": "9"}, "has nothing to limit"),
        ({"product": "LAMP", "range": "RANGE"}, "Choose one product, one category or one range."),
        ({"product": "999999"}, "not one of the available choices"),
        ({"first_day": "2026-06-02", "last_day": "2026-06-01"}, "It ends before it begins."),
        ({"first_day": "1066-10-14"}, "Write a day between 1990 and 2100."),
        ({"from_time": "10:00"}, "Write both times, or none."),
        ({"from_time": "10:00", "until_time": "10:00"}, "Both times are the same"),
        ({"weekdays": ["8"]}, "not one of the available choices"),
        ({"nth_order": "0"}, "greater than or equal to 1"),
        ({"minimum": "-1"}, "greater than or equal to 0"),
        ({"cap_period": "5"}, "Choose the time in which"),
        ({"period": "day"}, "Write how many points a member can have in that time."),
        ({"cap_order": "10", "cap_member": "5"}, "more than what the wider limit below leaves"),
        ({"budget": "0"}, "greater than or equal to 1"),
        ({"priority": "1001"}, "less than or equal to 1000"),
        ({"expiry_months": "121"}, "less than or equal to 120"),
        ({"trigger": "signup", "minimum": "5"}, "Only orders have this; leave it empty."),
        ({"trigger": "signup", "effect": "per-money"}, "Only what an order earns can go by money"),
        ({"trigger": "action"}, "Name the action by 1 to 64 letters"),
        ({"try_order": "nobody's"}, "There is no such order."),
        ({"try_at": "0001-01-01 00:00"}, "Write a day between 1990 and 2100."),
        ({"in_force_from_0": "3026-01-01"}, "Write a day between 1990 and 2100."),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(desk, changes, sentence):
    ids = {"LAMP": world.product("10.00").pk, "RANGE": factories.RangeFactory().pk}
    wanted = {name: ids.get(value, value) if isinstance(value, str) else value
              for name, value in changes.items()}  # fmt: skip
    page = desk.save(ADD, **{"points": "5", **wanted})
    assert page.status_int == 200
    assert sentence in errors(page)
    assert "Constraint" not in errors(page)
    assert not RuleVersion.objects.exists()


@pytest.mark.parametrize(
    ("expiry", "months", "saved"),
    [
        ("after-earning", "12", True),
        ("after-earning", "13", False),
        ("inactivity", "13", False),
        ("never", "13", True),
        ("fixed-dates", "13", True),
    ],
)
def test_extra_points_live_no_longer_than_others(desk, programme, expiry, months, saved):
    terms = {"expiry": expiry, "expiry_months": 12, "expiry_dates": "12-31"}
    type(programme).objects.update(**terms)
    page = desk.save(ADD, points="5", expiry_months=months)
    assert RuleVersion.objects.filter(expiry_months=months).exists() == saved
    assert saved or "These points cannot be good for longer than all others." in errors(page)


def test_extra_points_do_not_expire_while_they_wait(desk, programme):
    type(programme).objects.update(spendable="after-days", spendable_after_days=28)
    page = desk.save(ADD, points="5", expiry_months="1")
    told = "Points wait for 28 days before they can be spent. Let them be good for longer."
    assert told in errors(page)
    assert not RuleVersion.objects.exists()


@pytest.mark.parametrize("before", [timedelta(days=1), None])
def test_a_version_follows_the_one_before(desk, before):
    moment = datetime(2027, 1, 1, tzinfo=timezone.utc)
    old = world.rule(points=5, in_force_from=moment)
    day = (moment - before).date().isoformat() if before else ""
    page = desk.save(page_of(old), in_force_from_0=day, in_force_from_1="00:00:00" if day else "")
    assert page.status_int == 200
    told = "begins later" if before else "Write from when on this version is in force."
    assert told in errors(page)
    assert versions() == [(old.rule_id, 1, 5)]


def test_what_is_deleted_stays_named_in_what_was_given(desk, bob):
    lamp = world.product("10.00", title="Lamp")
    version = world.rule(points=5, product=lamp)
    world.place(bob, products=[lamp], number="1001")
    award = Award.objects.get()
    get_model("catalogue", "Product").objects.filter(pk=lamp.pk).delete()
    assert "5 extra points for every —." in sentences(desk.read(LIST))
    assert desk.read(page_of(version)).status_int == 200
    page = desk.read(reverse("admin:oscar_loyalty_award_change", args=[award.pk]))
    assert "5 extra points for every —." in sentences(page)
    world.place(bob, "10.00", number="1002")
    assert Award.objects.get(order_number="1002").points == 10


class TestTrying:
    @pytest.fixture
    def order(self, bob):
        self.lamp = world.product("10.00", title="Lamp")
        placed = datetime(2026, 6, 5, 12, tzinfo=timezone.utc)
        return world.place(bob, products=[self.lamp], number="1001", at=placed)

    def books(self):
        return (
            list(Award.objects.values_list("points", "breakdown")),
            list(Entry.objects.values_list("key", "points")),
            list(Account.objects.values_list("balance", "seq")),
            versions(),
            list(RuleUse.objects.values_list("points")),
        )

    def tried(self, desk, url, **changes):
        sent = {**desk.fields(url), **changes, "_try": "1"}
        return sentences(desk.app.post(url, sent, user=desk.user))

    def test_a_draft_on_a_past_order(self, desk, order):
        before = self.books()
        page = self.tried(desk, ADD, points="5", product=str(self.lamp.pk), try_order="1001")
        assert "Without this rule as it is written here: 10. With it: 15." in page
        assert "Rules that applied 5 extra points for every Lamp. Points: 5" not in page
        assert "5 extra points for an order with Lamp. Points: 5" in page
        assert self.books() == before

    def test_a_draft_on_another_day(self, desk, order):
        draft = {"points": "5", "weekdays": ["5"], "try_order": "1001"}
        assert "With it: 15." in self.tried(desk, ADD, **draft)
        page = self.tried(desk, ADD, **draft, try_at="2026-06-06 12:00")
        assert "With it: 10." in page
        why = "5 extra points for an order. Only on these days: Friday."
        assert f"Rules that did not, and why {why} Only on these days: Friday." in page

    def test_a_change_of_a_rule_in_the_place_of_it(self, desk, order):
        version = world.rule(points=5, product=self.lamp, in_force_from=world.NEW_YEAR)
        page = self.tried(desk, page_of(version), points="8", try_order="1001")
        assert "Without this rule as it is written here: 15. With it: 18." in page
        assert "8 extra points for every Lamp. Points: 8" in page
        assert "5 extra points for every Lamp. Points: 5" in page
        assert versions() == [(version.rule_id, 1, 5)]

    def test_a_new_rule_as_the_youngest_of_all(self, desk, order):
        world.rule(points=5, stackable=False, in_force_from=world.NEW_YEAR)
        page = self.tried(desk, ADD, points="8", stackable="false", try_order="1001")
        assert "Without this rule as it is written here: 15. With it: 15." in page

    def test_a_guests_order_is_a_new_members(self, desk, programme):
        world.place(None, "10.00", number="1002")
        draft = {"points": "5", "tiers": ["0"], "budget": "99", "try_order": "1002"}
        assert "With it: 15." in self.tried(desk, ADD, **draft)
        assert not Award.objects.exists()

    def test_an_order_that_a_limit_cut_is_tried_as_if_it_had_not_been(self, desk, order):
        version = world.rule(points=5, budget=8, in_force_from=world.NEW_YEAR)
        for number in ("1002", "1003"):
            world.place(world.customer(), "10.00", number=number)
        page = self.tried(desk, page_of(version), try_order="1002")
        # Three were left for the other order, and count against this one.
        assert "Without this rule as it is written here: 15. With it: 15." in page
        page = self.tried(desk, page_of(version), try_order="1001")
        assert "Without this rule as it is written here: 10. With it: 10." in page
        assert "Its budget was used up." in page

    def test_without_an_order_it_is_asked_for(self, desk, order):
        page = self.tried(desk, ADD, points="5")
        assert "Write the number of an order to try it on." in page
        assert "With it:" not in page

    def test_nonsense_is_not_tried(self, desk, order):
        page = self.tried(desk, ADD, points="0", try_order="1001")
        assert "Write how many points it gives." in page
        assert "With it:" not in page


@pytest.mark.sampled
def test_odd_strings_in_any_field_are_no_failure(desk):
    world.place(world.customer("eve"), "10.00", number="1001")
    client, sent = signed_in(desk.user), desk.fields(ADD)
    typed = [name for name in sent if not name.startswith(("_", "csrf", "stackable"))]
    for odd in some(CORPUS, one_in=4):
        for what in ("_save", "_try"):
            changes = {**sent, **dict.fromkeys(typed, odd), what: "1"}
            changes.pop("_try" if what == "_save" else "_save", None)
            assert client.post(ADD, changes).status_code == 200, repr(odd)
    assert not RuleVersion.objects.exists()


def test_a_multiple_that_gives_back_more_than_is_paid_is_refused(desk, programme):
    """A point for a pound, worth a penny: a hundred times as many are the pound again."""
    type(programme).objects.update(value_points=50)
    page = desk.save(ADD, effect="multiplier", factor="50.01")
    assert "With this a shopper gets back more than they pay. Multiply by less." in errors(page)
    assert desk.save(ADD, effect="multiplier", factor="50").status_int == 302
