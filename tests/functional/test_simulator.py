"""A manager drafts another programme, replays it, compares it, and publishes it."""

from decimal import Decimal

import pytest
from django.utils import timezone

from oscar_loyalty.flows import programme_simulated
from oscar_loyalty.models import (
    EarningRule,
    Programme,
    ProgrammeDraft,
    RuleVersion,
    Simulation,
    StaffAct,
    Tier,
    TierBenefit,
)
from tests import world
from tests.functional.desk import books, sentences, staff
from tests.integration.pasts import day, with_past
from tests.simulating import draft, simulation

pytestmark = pytest.mark.django_db

HOME = "/dashboard/loyalty/simulator/"


@pytest.fixture
def manager(programme):
    Programme.objects.update(window="lifetime")
    manager = staff("manager", "view_account", "change_programme", "export_members")
    world.forget_membership(manager)
    return manager


@pytest.fixture
def read(django_app, manager):
    return lambda page="": django_app.get(f"{HOME}{page}", user=manager)


@pytest.fixture
def past(ladder):
    """Alice has ordered for £430, Bob for £90."""
    with_past("120.00", "10.00", "300.00", name="alice")
    with_past("90.00", name="bob")


def form_with(page, field):
    return next(form for form in page.forms.values() if field in form.fields)


def sent(page, field, **values):
    """The page after its form, which has that field, was filled in and sent."""
    form = form_with(page, field)
    for name, value in values.items():
        form[name] = value
    answer = form.submit()
    return answer.follow() if answer.status_code == 302 else answer


def pressed(page, button):
    """The page after a button was pressed, one with a name or the one of the form above it."""
    form = next(form for form in page.forms.values() if button in form.fields)
    answer = form.submit(button)
    return answer.follow() if answer.status_code == 302 else answer


def told(page, table="table"):
    """The rows of a table, cell by cell."""
    rows = page.html.select(f"{table} tbody tr")
    return [[cell.get_text().strip() for cell in row.select("th, td")] for row in rows]


def drafted(read):
    """A draft with twice the points, a lower first tier, a better second one, and a rule."""
    page = sent(read("add/"), "name", name="Generous")
    assert "Nothing yet: it says what the programme says." in sentences(page)
    page = sent(page.click(href=r"/\d+/terms/"), "earn_points", earn_points="2")
    ladder = {"tiers-0-threshold": "80.00", "tiers-1-multiplier": "3.00"}
    page = sent(page.click(href=r"/\d+/tiers/"), "tiers-0-threshold", **ladder)
    rule = {"name": "More", "effect": "points", "points": "7", "minimum": "100"}
    return sent(page.click(href="/rules/add/"), "effect", **rule)


def test_what_a_draft_changes_is_told_and_changes_nothing(past, read):
    assert told(drafted(read)) == [
        ["Points earned", "1", "2"],
        ["Silver: Threshold", "100.00", "80.00"],
        ["Gold: Points are multiplied by", "2.00", "3.00"],
        ["New rule", "", "7 extra points for an order. Only for orders of £100 or more."],
    ]
    assert (Programme.objects.get().earn_points, Tier.objects.first().threshold) == (1, 100)
    assert not EarningRule.objects.exists()
    acts = StaffAct.objects.filter(subject="programmedraft").order_by("pk")
    assert [act.changed[0] for act in acts][:2] == [
        ("name", None, "Generous"),
        ("terms  earn_points", 1, 2),
    ]


def test_it_is_replayed_and_the_page_says_how_far_it_is(past, read):
    page = sent(drafted(read), "first")
    assert "0 of 4 orders." in sentences(page)
    assert page.headers["Refresh"] == "5"
    still = page.click("Stop looking again")
    assert "Refresh" not in still.headers
    assert still.click("Look again").headers["Refresh"] == "5"
    again = sent(read(f"{ProgrammeDraft.objects.get().pk}/"), "first")
    assert "This draft is being replayed; wait until that is done." in sentences(again)
    programme_simulated.run_due(at=timezone.now())
    page = read(f"runs/{Simulation.objects.get().pk}/")
    assert "Refresh" not in page.headers
    lines = {title: cells for title, *cells in told(page, "table[data-loyalty=beside]")}
    # Alice by the programme: 120 + 10 × 1.5 + 300 × 1.5; by the draft, with Gold after £430:
    # 2 × 120 + 7, 2 × 10 × 1.5 and 2 × 300 × 1.5 + 7. Bob: 90 and 180.
    assert lines["Points earned"] == ["675", "1,364"]
    # 75 % of the points are spent, at a penny each.
    assert lines["Cost of the points spent"] == ["£5.06", "£10.23"]
    assert lines["Members' orders"] == ["£520", "£520"]
    assert lines["Cost in percent of members' orders"] == ["1.0\xa0%", "2.0\xa0%"]
    assert lines["Members without a tier"] == ["1", "0"]
    assert lines["Members on Silver"] == ["0", "1"]
    assert lines["Members on Gold"] == ["1", "1"]
    assert told(page, "table[data-loyalty=gainers]") == [
        ["alice", "585", "1,184", "£5.99"],
        ["bob", "90", "180", "£0.90"],
    ]
    months = told(page, "table[data-loyalty=report]")
    assert months[0] == ["July 2025", "1,364", "0", "0", "1,364", "£13.64", "£10.23"]
    assert months[3] == ["October 2025", "0", "1,023", "0", "341", "£3.41", "£0"]
    csv = page.click("Download as CSV").text.splitlines()
    assert csv[1] == "2025-07,1364,0,0,1364,13.64,10.23"


def test_it_is_published_by_the_way_of_every_other_change(past, read):
    page = drafted(read).click(href="/publish/")
    assert "From now on the programme says the following." in sentences(page)
    assert len(told(page)) == 4
    before, acts = books(), StaffAct.objects.count()
    page = page.forms[1].submit().follow()
    assert "The programme says now what the draft says." in sentences(page)
    assert (Programme.objects.get().earn_points, books()) == (2, before)
    silver, gold = Tier.objects.all()
    assert (silver.threshold, silver.benefits.get().value) == (80, Decimal("1.50"))
    assert (gold.threshold, gold.benefits.get().value) == (300, Decimal("3.00"))
    version = RuleVersion.objects.get()
    assert (version.name, version.points, version.minimum) == ("More", 7, 100)
    assert version.in_force_from == ProgrammeDraft.objects.get().published_at
    written = StaffAct.objects.order_by("pk")[acts:]
    assert [(act.subject, act.words) for act in written] == [
        ("programme", "Changed."),
        ("tier", "Changed."),
        ("tier", "Changed."),
        ("ruleversion", "Added."),
        ("programmedraft", "Published."),
    ]
    assert ("earn_points", 1, 2) in written[0].changed
    page = read(f"{ProgrammeDraft.objects.get().pk}/publish/").forms[1].submit()
    assert "The draft was published: begin another one to change more." in sentences(page)


def test_a_rule_is_changed_and_ended_by_publishing(past, read):
    kept, ended = (world.rule(points=points).rule_id for points in (5, 6))
    begun = draft()
    page = read(f"{begun.pk}/rules/{kept}/")
    sent(page, "points", points="8")
    page = pressed(read(f"{begun.pk}/rules/{ended}/"), "remove")
    assert told(page) == [
        [f"Rule {kept}", "5 extra points for an order.", "8 extra points for an order."],
        [f"Rule {ended}", "6 extra points for an order.", "It ends."],
    ]
    page.click(href="/publish/").forms[1].submit().follow()
    newest = EarningRule.objects.order_by("pk").values_list("current__points", "current__retired")
    assert list(newest) == [(8, False), (6, True)]
    assert ("retired", False, True) in StaffAct.objects.get(words="Retired.").changed


def test_a_rule_is_held_against_the_terms_of_the_draft(past, read):
    """Of what the programme gives now it would be too much, or good for too long."""
    Programme.objects.update(earn_points=40, expiry="after-earning", expiry_months=6)
    TierBenefit.objects.all().delete()
    begun = draft(earn_points=1, expiry_months=12)
    rule = {"effect": "multiplier", "factor": "3", "expiry_months": "9"}
    page = sent(read(f"{begun.pk}/rules/add/"), "effect", **rule)
    assert "The draft is saved." in sentences(page)
    page = sent(read(f"{begun.pk}/terms/"), "earn_points", earn_points="40")
    assert "With this a shopper gets back more than they pay." in sentences(page)
    page.click("A try").click(href="/publish/").forms[1].submit().follow()
    assert RuleVersion.objects.get().factor == 3
    assert Programme.objects.get().earn_points == 1


def test_a_new_tier_has_the_rules_that_are_for_it(past, read):
    begun = draft()
    more = {"rank": "3", "threshold": "900", "multiplier": "2.5", "colour": "#112233"}
    ladder = {f"tiers-2-{name}": value for name, value in more.items()}
    sent(read(f"{begun.pk}/tiers/"), "tiers-2-rank", **ladder, **{"tiers-2-name_0": "Ruby"})
    form = form_with(read(f"{begun.pk}/rules/add/"), "effect")
    form["points"] = "9"
    (box,) = [box for box in form.fields["tiers"] if box._value == "-1"]
    box.checked = True
    page = form.submit().follow()
    assert told(page)[-1][2] == "9 extra points for an order. Only for the tiers: Ruby."
    assert read(f"{begun.pk}/rules/-1/").html.find("h1").get_text().strip() == "New rule"
    page = page.click(href="/publish/").forms[1].submit().follow()
    ruby = Tier.objects.get(rank=3)
    assert (str(ruby), ruby.threshold, ruby.benefits.get().value) == ("Ruby", 900, Decimal("2.5"))
    assert RuleVersion.objects.get().tiers == [ruby.pk]


def test_a_ladder_in_another_order_by_now_is_not_written_to_the_wrong_tiers(past, read):
    begun = draft()
    page = read(f"{begun.pk}/tiers/")
    swapped = {"tiers-0-rank": "2", "tiers-0-threshold": "900", "tiers-1-rank": "1"}
    sent(read(f"{begun.pk}/tiers/"), "tiers-0-rank", **swapped)
    kept = ProgrammeDraft.objects.get().says["tiers"]
    page = sent(page, "tiers-0-rank", **{"tiers-0-colour": "#ff0000"})
    assert "It was changed meanwhile: look at the list once more." in sentences(page)
    assert ProgrammeDraft.objects.get().says["tiers"] == kept


# ---------------------------------------------------------------- what is refused


def said():
    begun = ProgrammeDraft.objects.get()
    return begun.says, begun.spent_share, begun.spent_after, begun.published_at


@pytest.mark.parametrize(
    ("page", "field", "values", "says"),
    [
        ("terms/", "earn_points", {"earn_points": "0"}, "greater than or equal to 1"),
        ("terms/", "earn_points", {"earn_points": "60"}, "its members get back more than they pay"),
        ("terms/", "earn_points", {"earn_points": "200"}, "gets back more than they pay"),
        ("tiers/", "tiers-0-rank", {"tiers-0-rank": "2"}, "Two tiers of this draft have the same"),
        ("tiers/", "tiers-0-rank", {"tiers-0-threshold": "300"}, "This tier ranks below Gold"),
        ("tiers/", "tiers-0-rank", {"tiers-1-multiplier": "101"}, "less than or equal to 100"),
        ("tiers/", "tiers-0-rank", {"tiers-0-threshold": ""}, "This field is required."),
        ("tiers/", "tiers-0-rank", {"tiers-0-threshold": "-5"}, "greater than or equal to 0"),
        # In the words of the database's column, or of the tier, where that is the narrower.
        ("tiers/", "tiers-0-rank", {"tiers-0-rank": "32768"}, "A tier is removed on its own page"),
        ("tiers/", "tiers-0-rank", {"tiers-0-rank": "101"}, "Write a rank between 1 and 100."),
        ("tiers/", "tiers-0-rank", {"tiers-0-expiry_months": "121"}, "less than or equal to 120"),
        ("tiers/", "tiers-0-rank", {"tiers-0-colour": "red"}, "Write a colour such as #d4af37."),
        ("rules/add/", "points", {"points": "0"}, "Write how many points it gives."),
        ("rules/add/", "points", {"points": "5", "product": "999"}, "Select a valid choice"),
        ("assumptions/", "spent_share", {"spent_share": "101"}, "less than or equal to 100"),
        ("assumptions/", "spent_after", {"spent_after": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_makes_no_sense_is_not_kept(past, read, page, field, values, says):
    begun = draft()
    before = said()
    answer = sent(read(f"{begun.pk}/{page}"), field, **values)
    assert says in sentences(answer)
    assert said() == before


def test_days_that_make_no_sense(past, read):
    begun = draft()
    answer = sent(read(f"{begun.pk}/"), "first", first="2026-02-02", last="2026-02-01")
    assert "The time ends before it begins." in sentences(answer)
    assert not Simulation.objects.exists()


def test_a_programme_that_was_changed_meanwhile_is_not_overwritten(past, read):
    begun = draft(earn_points=2)
    publish = read(f"{begun.pk}/publish/")
    Tier.objects.filter(rank=1).update(threshold=90)
    page = publish.forms[1].submit()
    assert "The programme was changed since this draft was begun from it." in sentences(page)
    assert Programme.objects.get().earn_points == 1
    page = read(f"{begun.pk}/")
    assert ["Silver: Threshold", "100.00", "90.00"] in told(page)
    page = pressed(page, "again")
    assert told(page) == [["Points earned", "1", "2"]]
    act = StaffAct.objects.get(subject="programmedraft")
    silver = Tier.objects.get(rank=1)
    assert act.changed == [(f"tiers {silver.pk} threshold", "100.00", "90.00")]
    page.click(href="/publish/").forms[1].submit().follow()
    assert (Programme.objects.get().earn_points, Tier.objects.get(rank=1).threshold) == (2, 90)


def test_a_tier_that_was_removed_meanwhile_is_left_behind(past, read):
    removed = world.tier("Zinc", 9, "9000")
    begun = draft(earn_points=2)
    begun.says["tiers"][str(removed.pk)]["threshold"] = "8000.00"
    begun.save()
    removed.delete()
    page = read(f"{begun.pk}/publish/").forms[1].submit()
    assert "The programme was changed since this draft was begun from it." in sentences(page)
    page = read(f"{begun.pk}/")
    assert ["Removed tier", "Zinc", ""] in told(page)
    page = pressed(page, "again")
    assert told(page) == [["Points earned", "1", "2"]]
    page.click(href="/publish/").forms[1].submit().follow()
    assert Programme.objects.get().earn_points == 2


def test_all_of_it_is_published_or_nothing(past, read):
    begun = draft(earn_points=2)
    begun.says["rules"]["-1"] = {**RULE, "points": 0}
    begun.save()
    acts = StaffAct.objects.count()
    page = read(f"{begun.pk}/publish/").forms[1].submit()
    assert "Write how many points it gives." in sentences(page)
    assert (Programme.objects.get().earn_points, StaffAct.objects.count()) == (1, acts)
    assert ProgrammeDraft.objects.get().published_at is None


#: A rule as a draft has it.
RULE = {
    "name": "",
    "effect": "points",
    "trigger": "order",
    "points": 5,
    "minimum": "0.00",
    "stackable": True,
    "weekdays": [],
    "tiers": [],
    "groups": [],
    "languages": [],
    "countries": [],
}


def test_a_draft_that_changes_nothing_is_not_published(past, read):
    page = read(f"{draft().pk}/publish/").forms[1].submit()
    assert "This draft changes nothing." in sentences(page)


# ---------------------------------------------------------------- beside each other


def test_two_drafts_are_compared(past, read):
    one, other = draft("Twice", earn_points=2), draft("Thrice", earn_points=3)
    for begun in (one, other):
        simulation(begun)
    page = sent(read("compare/"), "second", first=str(one.pk), second=str(other.pk))
    heads = [cell.get_text() for cell in page.html.select("table thead th")]
    assert heads == ["Figure", "The programme", "Twice", "Thrice"]
    assert ["Points earned", "675", "1,350", "2,025"] in told(page)
    simulation(other, first=day(1).date())
    page = sent(read("compare/"), "second", first=str(one.pk), second=str(other.pk))
    assert "Replay both drafts over the orders of the same days first." in sentences(page)


def test_a_draft_is_deleted_with_its_simulations(past, read):
    begun = draft()
    simulation(begun)
    page = pressed(read(f"{begun.pk}/"), "remove")
    assert "Nobody has drafted anything yet." in sentences(page)
    assert not Simulation.objects.exists()
    assert StaffAct.objects.get().words == "Deleted."


def test_one_that_failed_says_so(past, read):
    made = simulation(draft())
    Simulation.objects.update(state="failed", results=None)
    assert "This simulation could not be done." in sentences(read(f"runs/{made.pk}/"))
    assert read(f"runs/{made.pk}/csv/").status_code == 302
