"""Staff write, try and end earning rules in the dashboard; each change is written down."""

import csv
from datetime import datetime, timedelta
from datetime import timezone as zones
from decimal import Decimal

import pytest
from django.utils import timezone

from oscar_loyalty.flows import rule_published
from oscar_loyalty.models import (
    Award,
    EarningRule,
    Entry,
    RuleVersion,
)
from tests import flash_sales, world
from tests.functional.desk import sentences, signed_in, staff
from tests.functional.forms import acts, errors, filled, form_with, names
from tests.functional.odd_strings import CORPUS
from tests.functional.reading import listed, words
from tests.sampling import some

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


class TestRules:
    @pytest.fixture
    def four(self, manager):
        """One in each state."""
        today = timezone.localdate()
        world.rule(name="On", points=5, priority=3, budget=1000)
        world.rule(name="Coming", effect="multiplier", factor=2, first_day=today + timedelta(5))
        world.rule(name="Gone", points=7, last_day=today - timedelta(5), trigger="birthday")
        ended = world.rule(name="Off", points=9)
        rule_published.retire(ended.rule_id, actor_id=manager.pk, at=timezone.now())

    @pytest.mark.parametrize(
        ("chosen", "found"),
        [
            ("", ["Off", "Gone", "Coming", "On"]),
            ("state=on", ["On"]),
            ("state=planned", ["Coming"]),
            ("state=over", ["Gone"]),
            ("state=ended", ["Off"]),
            ("trigger=birthday", ["Gone"]),
            ("trigger=birthday&state=on", []),
            ("state=nonsense", []),
        ],
    )
    def test_are_listed_with_what_became_of_them(self, four, read, chosen, found):
        assert names(read(f"rules/?{chosen}")) == found

    def test_say_what_they_give_also_in_the_file(self, four, read, manager):
        (row,) = read("rules/?state=on").html.select(".loyalty-scroll tbody tr")
        cells = [cell.get_text().strip() for cell in row.select("td")]
        says = "5 extra points for an order."
        assert cells == ["On", "In force", "An order", says, "—", "—", "3", "0", "1,000"]
        text = b"".join(signed_in(manager).get(f"{HOME}rules/csv/").streaming_content)
        lines = list(csv.reader(text.decode("utf-8-sig").splitlines()))
        assert [line[3] for line in lines[1:]] == [
            "9 extra points for an order.",
            "7 extra points for: a birthday.",
            "2 times the points.",
            says,
        ]

    def test_one_is_written_and_changed_in_a_new_version(self, read, bob):
        page = read("rules/add/")
        done = filled(page, points="5", name="Five more", budget="100").submit().follow()
        assert "The rule is published." in sentences(done)
        first = RuleVersion.objects.get()
        assert (first.points, first.number, first.actor) == (
            5,
            1,
            f"user:{page.context['user'].pk}",
        )
        world.place(bob, "10.00", number="before")
        page = read(f"rules/{first.rule_id}/")
        said = sentences(page)
        assert "5 extra points for an order. Only as long as its budget lasts." in said
        assert "What you save is a new version." in said
        filled(page, points="8").submit().follow()
        second = EarningRule.objects.get().current
        assert (second.number, second.points, second.budget) == (2, 8, 100)
        world.place(bob, "10.00", number="after")
        awards = dict(Award.objects.values_list("order_number", "points"))
        assert awards == {"before": 15, "after": 18}
        history = listed(
            read(f"rules/{first.rule_id}/"), "[aria-labelledby=loyalty-versions] tbody tr"
        )
        assert [line.split()[0] for line in history] == ["2", "1"]
        added, changed = acts()
        assert added[:2] == ("Added.", "ruleversion")
        assert changed[2]["points"] == (5, 8)
        assert changed[2]["number"] == (1, 2)

    def test_nonsense_is_refused_at_its_field(self, read):
        page = filled(read("rules/add/"), points="0").submit()
        assert "Write how many points it gives." in errors(page)
        version = world.rule(points=5, in_force_from=datetime(2027, 1, 1, tzinfo=zones.utc))
        page = filled(
            read(f"rules/{version.rule_id}/"), in_force_from="2026-12-01T00:00:00"
        ).submit()
        assert "The version before it begins later" in errors(page)
        assert list(RuleVersion.objects.values_list("points", "number")) == [(5, 1)]
        assert acts() == []

    def test_one_is_tried_on_a_past_order_and_nothing_is_saved(self, read, bob):
        version = world.rule(points=5, in_force_from=world.NEW_YEAR)
        world.place(bob, "10.00", number="1001")
        before = list(Entry.objects.values_list("key", "points"))
        form = filled(read(f"rules/{version.rule_id}/"), points="8", try_order="1001")
        page = form.submit("try")
        said = words(page.html)
        assert "Without this rule as it is written here: 15. With it: 18." in said
        assert form_with(page, "points")["points"].value == "8"
        assert page.html.h1.get_text().strip() == f"earning rule {version.rule_id}"
        form = filled(page, try_order="9999")
        assert "There is no such order." in errors(form.submit("try"))
        form = filled(page, try_order="")
        assert "Write the number of an order to try it on." in errors(form.submit("try"))
        assert RuleVersion.objects.count() == 1
        assert list(Entry.objects.values_list("key", "points")) == before
        assert acts() == []

    def test_one_ends_and_stays_ended(self, read, manager):
        version = world.rule(points=5, name="Five more")
        page = read(f"rules/{version.rule_id}/")
        publishing, ending = form_with(page, "points"), form_with(page, "retire")
        done = ending.submit("retire").follow()
        assert "The rule gives nothing any more. What it gave stays." in sentences(done)
        (act,) = acts()
        assert (act[0], act[2]["retired"]) == ("Retired.", (False, True))
        publishing["points"] = "9"
        refused = publishing.submit().follow()
        assert "This rule has ended; it gives nothing any more." in sentences(refused)
        assert "points" not in {name for form in refused.forms.values() for name in form.fields}
        assert "Nothing any more." in sentences(refused)
        assert RuleVersion.objects.count() == 2

    def test_of_double_points_the_form_is_half_filled_in(self, read):
        page = read("campaigns/").click("Plan double points")
        form = form_with(page, "factor")
        assert (form["effect"].value, form["factor"].value) == ("multiplier", "2")
        form["first_day"], form["last_day"] = "2030-06-01", "2030-06-30"
        form.submit().follow()
        shown = listed(read("campaigns/"), "section[aria-labelledby=loyalty-dated] tbody tr")
        assert len(shown) == 1
        assert "2 times the points. June 1, 2030 June 30, 2030" in shown[0]

    def test_what_it_is_about_is_found_by_upc_and_named(self, read):
        lamp = world.product("10.00", upc="LAMP-1", title="Lamp")
        filled(read("rules/add/"), product="LAMP-1", points="5").submit().follow()
        version = RuleVersion.objects.get()
        assert version.product == lamp
        page = read(f"rules/{version.rule_id}/")
        assert page.html.select_one("#id_product + span").get_text() == "Lamp"

    def test_unknown_ones_have_no_page(self, manager):
        client = signed_in(manager)
        for number in (0, 10**6, 10**30):
            for ask in (client.get, client.post):
                assert ask(f"{HOME}rules/{number}/").status_code == 404

    @pytest.mark.sampled
    def test_odd_strings_in_any_field_are_no_failure(self, read, manager):
        client = signed_in(manager)
        sent = dict(form_with(read("rules/add/"), "points").submit_fields())
        typed = [name for name in sent if not name.startswith(("csrf", "stackable"))]
        for odd in some(CORPUS, one_in=8):
            for button in ({}, {"try": "1"}):
                answer = client.post(f"{HOME}rules/add/", dict.fromkeys(typed, odd) | button)
                assert answer.status_code == 200, repr(odd)
        assert not RuleVersion.objects.exists()


def test_the_list_of_rules_costs_the_same_however_long(ladder, manager, queries):
    client = signed_in(manager)

    def grow(first, last):
        for number in range(first, last):
            product = world.product("5.00", title=f"Thing {number}")
            says = {"effect": "per-money", "per_amount": Decimal(5)} if number % 2 else {}
            world.rule(points=5, product=product, tiers=[ladder[0].pk], **says)
            flash_sales.sale(product, early=[(ladder[1], 2)], name=f"Sale {number}")

    grow(0, 2)
    for page in ("rules/", "campaigns/"):
        client.get(f"{HOME}{page}")
        few = queries(lambda page=page: client.get(f"{HOME}{page}"))
        grow(2, 7)
        client.get(f"{HOME}{page}")
        assert len(queries(lambda page=page: client.get(f"{HOME}{page}"))) == len(few)
