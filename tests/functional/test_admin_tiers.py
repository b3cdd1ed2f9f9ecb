"""The ladder in the admin, and the offers that follow it."""

from decimal import Decimal

import pytest
from django.urls import reverse
from oscar.core.loading import get_model
from oscar.test import factories

from oscar_loyalty.models import MadeOffer, Programme, Standing, Tier, TierBenefit
from oscar_loyalty.shop import offers
from tests import world
from tests.functional.desk import Desk, owner, sentences, signed_in
from tests.functional.odd_strings import CORPUS
from tests.sampling import some

LIST = reverse("admin:oscar_loyalty_tier_changelist")
ADD = reverse("admin:oscar_loyalty_tier_add")
ConditionalOffer = get_model("offer", "ConditionalOffer")
Condition = get_model("offer", "Condition")
Benefit = get_model("offer", "Benefit")


@pytest.fixture
def desk(django_app, db):
    world.programme()
    return Desk(django_app, owner())


@pytest.fixture
def silver(db):
    return world.tier("Silver", 1, "100")


@pytest.fixture
def gold(silver):
    return world.tier("Gold", 2, "300")


def page_of(tier):
    return reverse("admin:oscar_loyalty_tier_change", args=[tier.pk])


def benefit(kind, value="", product_range="", methods="", *, row=0, pk="", delete=""):
    fields = {
        f"benefits-{row}-id": pk,
        f"benefits-{row}-kind": kind,
        f"benefits-{row}-value": value,
        f"benefits-{row}-range": product_range,
        f"benefits-{row}-shipping_methods": methods,
    }
    return {**fields, f"benefits-{row}-DELETE": "on"} if delete else fields


def rows(*fields, old=0):
    counts = {"benefits-TOTAL_FORMS": len(fields), "benefits-INITIAL_FORMS": old}
    return counts | {name: value for row in fields for name, value in row.items()}


def shown_offers():
    return sorted(ConditionalOffer.objects.values_list("name", flat=True))


def made_offers():
    return list(MadeOffer.objects.order_by("pk").values_list("benefit", "offer"))


def ladder():
    return list(Tier.objects.values_list("rank", "threshold"))


# ------------------------------------------------------------- the ladder


def test_the_list_shows_each_rung_with_its_members(desk, gold):
    TierBenefit.objects.create(tier=gold, kind="multiplier", value=Decimal("1.50"))
    for name in ("alice", "dora"):
        Standing.objects.filter(account=world.member(name)).update(tier=gold)
    page = desk.read(LIST)
    cells = [
        [cell.get_text() for cell in row.select("th, td")]
        for row in page.html.select("#result_list tbody tr")
    ]
    assert cells == [
        ["1", "Silver", "", "100.00", "-", "0"],
        ["2", "Gold", "", "300.00", "×1.5", "2"],
    ]
    assert page.html.select_one("#result_list rect")["fill"] == "#6c757d"


def test_the_list_costs_the_same_for_any_number_of_rungs(desk, gold, django_assert_num_queries):
    client = signed_in(desk.user)
    for rank in range(3, 13):
        world.tier(f"Tier {rank}", rank, rank * 1000, multiplier="2.00")
    # Session, user, count, rows; the side bar's programme; the shop's count of notifications.
    with django_assert_num_queries(6):
        assert client.get(LIST).status_code == 200


def test_a_tier_is_made_with_its_names_and_benefits(desk):
    response = desk.save(
        ADD,
        name_0="Gold",
        name_1="ذهبي",
        rank="1",
        threshold="300",
        colour="#d4af37",
        **rows(benefit("multiplier", "2"), benefit("free-shipping", row=1)),
    )
    assert response.status_code == 302
    made = Tier.objects.get()
    assert (made.name.data, made.rank, made.threshold, made.colour) == (
        {"en": "Gold", "ar": "ذهبي"},
        1,
        Decimal(300),
        "#d4af37",
    )
    assert list(made.benefits.order_by("pk").values_list("kind", "value")) == [
        ("multiplier", Decimal(2)),
        ("free-shipping", None),
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name_0": ""}, "Write the name in English"),
        ({"name_0": "x" * 101}, "Write a name of at most 100 characters in each language."),
        ({"rank": "1"}, "Another tier has this rank. Write a rank that is free"),
        ({"rank": "0"}, "Write a rank between 1 and 100."),
        ({"rank": "101"}, "Write a rank between 1 and 100."),
        ({"rank": "-1"}, "greater than or equal to 0"),
        ({"rank": "9" * 400}, "Write a rank between 1 and 100."),
        ({"threshold": "-1"}, "greater than or equal to 0"),
        ({"threshold": "Infinity"}, "Enter a number."),
        ({"threshold": "99999999999999"}, "no more than 12 digits"),
        (
            {"threshold": "100"},
            "This tier ranks above Silver: write a threshold higher than 100.00, or a lower rank.",
        ),
        ({"threshold": "99.99"}, "This tier ranks above Silver"),
        ({"colour": "red"}, "Write a colour such as #d4af37."),
        ({"colour": '"><b>'}, "Write a colour such as #d4af37."),
    ],
)
def test_bad_rungs_are_refused_with_a_sentence(desk, gold, changes, sentence):
    before = list(Tier.objects.values())
    response = desk.save(page_of(gold), **changes)
    assert response.status_code == 200
    assert sentence in sentences(response)
    assert list(Tier.objects.values()) == before


def test_points_of_a_tier_do_not_expire_while_they_wait(desk, gold):
    terms = {"spendable": "after-days", "spendable_after_days": 30}
    Programme.objects.update(expiry="after-earning", expiry_months=12, **terms)
    told = "Points wait for 30 days before they can be spent. Let them be good for longer."
    assert told in sentences(desk.save(page_of(gold), expiry_months="1"))
    assert desk.save(page_of(gold), expiry_months="2").status_code == 302
    gold.refresh_from_db()
    assert gold.expiry_months == 2


def test_a_lower_tier_cannot_ask_for_more_than_a_higher_one(desk, silver, gold):
    response = desk.save(page_of(silver), threshold="300")
    assert (
        "This tier ranks below Gold: write a threshold lower than 300.00, or a higher rank."
        in sentences(response)
    )
    assert ladder() == [(1, Decimal(100)), (2, Decimal(300))]


def test_a_tier_is_put_between_two_others_in_two_saves(desk, silver, gold):
    assert desk.save(page_of(gold), rank="3").status_code == 302
    assert desk.save(ADD, name_0="Pearl", rank="2", threshold="200").status_code == 302
    assert ladder() == [(1, Decimal(100)), (2, Decimal(200)), (3, Decimal(300))]


def test_two_tiers_change_places_in_three_saves(desk, silver, gold):
    assert desk.save(page_of(silver), rank="3", threshold="500").status_code == 302
    assert desk.save(page_of(gold), rank="1", threshold="100").status_code == 302
    assert desk.save(page_of(silver), rank="2", threshold="300").status_code == 302
    assert [(str(tier), tier.threshold) for tier in Tier.objects.all()] == [
        ("Gold", Decimal(100)),
        ("Silver", Decimal(300)),
    ]


# ------------------------------------------------------------- deletion


def test_a_tier_with_members_is_not_deleted(desk, gold):
    Standing.objects.filter(account=world.member("alice")).update(tier=gold)
    url = reverse("admin:oscar_loyalty_tier_delete", args=[gold.pk])
    assert "The tier Gold has 1 member, so it cannot be deleted." in sentences(
        desk.read(url).follow()
    )
    client = signed_in(desk.user)
    response = client.post(url, {"post": "yes"}, follow=True)
    assert "Set another tier for the member first." in response.content.decode()
    assert Tier.objects.filter(pk=gold.pk).exists()


def test_a_tier_that_staff_set_for_somebody_is_not_deleted(desk, silver, gold):
    Standing.objects.filter(account=world.member("alice")).update(tier=gold, pinned_tier=silver)
    page = desk.read(reverse("admin:oscar_loyalty_tier_delete", args=[silver.pk])).follow()
    assert "The tier Silver has 1 member, so it cannot be deleted." in sentences(page)
    assert Tier.objects.filter(pk=silver.pk).exists()


def test_a_tier_without_members_goes_with_its_offers(desk, silver, gold):
    TierBenefit.objects.create(tier=gold, kind="free-shipping")
    TierBenefit.objects.create(tier=silver, kind="free-shipping")
    own = factories.ConditionalOfferFactory(
        name="Gold evening", condition=offers.condition_for(gold.pk)
    )
    url = reverse("admin:oscar_loyalty_tier_delete", args=[gold.pk])
    page = desk.read(url)
    assert "These offers ask for the tier and go with it: Gold evening." in sentences(page)
    assert signed_in(desk.user).post(url, {"post": "yes"}).status_code == 302
    assert not ConditionalOffer.objects.filter(pk=own.pk).exists()
    assert shown_offers() == ["Silver: free shipping"]
    assert [str(tier) for tier in Tier.objects.all()] == ["Silver"]


def test_there_is_no_bulk_deletion(desk, gold):
    sent = {"action": "delete_selected", "_selected_action": [gold.pk], "post": "yes"}
    signed_in(desk.user).post(LIST, sent)
    assert Tier.objects.filter(pk=gold.pk).exists()


# ------------------------------------------------------------- benefits


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (
            lambda music: rows(benefit("multiplier", "2"), benefit("multiplier", "3", row=1)),
            "A tier has one multiplier. Change the other one, or delete it.",
        ),
        (
            lambda music: rows(
                benefit("free-shipping"), benefit("shipping-percentage", "50", row=1)
            ),
            "A tier has one shipping benefit. Change the other one, or delete it.",
        ),
        (
            lambda music: rows(
                benefit("percentage", "5", music), benefit("percentage", "10", music, row=1)
            ),
            "This range has a percentage already. Change the other one, or delete it.",
        ),
        (lambda music: rows(benefit("multiplier")), "Say how much."),
        (lambda music: rows(benefit("multiplier", "0.50")), "A multiplier is between 1 and 100."),
        (lambda music: rows(benefit("multiplier", "101")), "A multiplier is between 1 and 100."),
        (lambda music: rows(benefit("multiplier", "-2")), "greater than or equal to 0.01"),
        (lambda music: rows(benefit("multiplier", "nan")), "Enter a number."),
        (lambda music: rows(benefit("percentage", "101", music)), "A percentage is at most 100."),
        (lambda music: rows(benefit("percentage", "10")), "A range goes with a percentage"),
        (lambda music: rows(benefit("multiplier", "2", music)), "A range goes with a percentage"),
        (
            lambda music: rows(benefit("multiplier", "2", methods="express")),
            "Shipping methods go with shipping only.",
        ),
        (lambda music: rows(benefit("", "2")), "This field is required."),
        (lambda music: rows(benefit("cash", "2")), "not one of the available choices"),
    ],
)
def test_bad_benefits_are_refused_with_a_sentence(desk, gold, wanted, sentence):
    music = factories.RangeFactory(name="Music")
    response = desk.save(page_of(gold), **wanted(music.pk))
    said = sentences(response)
    assert response.status_code == 200
    assert sentence in said
    assert "Constraint" not in said
    assert not TierBenefit.objects.exists()
    assert shown_offers() == []


def test_a_second_shipping_benefit_is_refused_beside_one_that_is_there(desk, gold):
    there = TierBenefit.objects.create(tier=gold, kind="free-shipping")
    response = desk.save(
        page_of(gold),
        **rows(
            benefit("free-shipping", pk=there.pk), benefit("shipping-amount", "2", row=1), old=1
        ),
    )
    assert "A tier has one shipping benefit." in sentences(response)
    assert shown_offers() == ["Gold: free shipping"]


def test_a_multiplier_is_refused_that_gives_back_more_than_is_paid(desk, gold):
    world.Programme.objects.update(earn_points=40)
    response = desk.save(page_of(gold), **rows(benefit("multiplier", "3")))
    assert "The programme's rates allow at most 2.5." in sentences(response)
    assert not TierBenefit.objects.exists()


def test_the_offers_follow_the_benefits(desk, gold):
    url = page_of(gold)
    music = factories.RangeFactory(name="Music")
    added = rows(
        benefit("multiplier", "2"),
        benefit("shipping-percentage", "50", row=1),
        benefit("percentage", "10", music.pk, row=2),
    )
    assert desk.save(url, **added).status_code == 302
    assert shown_offers() == ["Gold: 10% off Music", "Gold: 50% off shipping"]

    kept = made_offers()
    assert len(kept) == 2
    changed = {"benefits-1-value": "75", "benefits-2-value": "15"}
    assert desk.save(url, **changed).status_code == 302
    assert shown_offers() == ["Gold: 15% off Music", "Gold: 75% off shipping"]
    assert made_offers() == kept

    assert desk.save(url, name_0="Amber").status_code == 302
    assert shown_offers() == ["Amber: 15% off Music", "Amber: 75% off shipping"]

    assert desk.save(url, **{"benefits-1-DELETE": "on"}).status_code == 302
    assert shown_offers() == ["Amber: 15% off Music"]
    assert Benefit.objects.count() == 1
    assert Condition.objects.filter(proxy_class=offers.TIER_CONDITION).count() == 2


def test_a_shipping_benefit_that_becomes_a_multiplier_loses_its_offer(desk, gold):
    free = TierBenefit.objects.create(tier=gold, kind="free-shipping")
    assert shown_offers() == ["Gold: free shipping"]
    changed = {"benefits-0-kind": "multiplier", "benefits-0-value": "2"}
    assert desk.save(page_of(gold), **changed).status_code == 302
    assert list(TierBenefit.objects.values_list("pk", "kind", "value", "made")) == [
        (free.pk, "multiplier", Decimal(2), None)
    ]
    assert shown_offers() == []
    assert Benefit.objects.count() == 0


def test_two_benefits_swap_their_kinds_in_one_save(desk, gold):
    TierBenefit.objects.create(tier=gold, kind="multiplier", value=2)
    TierBenefit.objects.create(tier=gold, kind="free-shipping")
    changed = {
        "benefits-0-kind": "free-shipping",
        "benefits-0-value": "",
        "benefits-1-kind": "multiplier",
        "benefits-1-value": "3",
    }
    assert desk.save(page_of(gold), **changed).status_code == 302
    assert list(TierBenefit.objects.order_by("pk").values_list("kind", "value")) == [
        ("free-shipping", None),
        ("multiplier", Decimal(3)),
    ]
    assert shown_offers() == ["Gold: free shipping"]


def test_a_kind_is_taken_over_from_a_row_that_goes(desk, gold):
    TierBenefit.objects.create(tier=gold, kind="shipping-amount", value=2)
    TierBenefit.objects.create(tier=gold, kind="multiplier", value=2)
    changed = {
        "benefits-0-kind": "multiplier",
        "benefits-0-value": "5",
        "benefits-1-DELETE": "on",
    }
    assert desk.save(page_of(gold), **changed).status_code == 302
    assert list(TierBenefit.objects.values_list("kind", "value")) == [("multiplier", Decimal(5))]
    assert shown_offers() == []


def test_an_offer_made_behind_the_forms_back_is_not_forgotten(desk, gold):
    """A benefit without an offer gets one when its tier is saved, before its own row is."""
    late = TierBenefit.objects.create(tier=gold, kind="shipping-amount", value=2)
    ConditionalOffer.objects.all().delete()
    assert made_offers() == []
    assert desk.save(page_of(gold), **{"benefits-0-value": "3"}).status_code == 302
    assert shown_offers() == ["Gold: £3 off shipping"]
    assert made_offers() == [(late.pk, ConditionalOffer.objects.get().pk)]


@pytest.mark.slow
def test_what_an_odd_string_leaves_behind_is_a_ladder(desk, silver, gold):
    """Whether a string is refused or read as a number, the ladder stays a ladder."""
    client, sent = signed_in(desk.user), desk.fields(page_of(gold))
    for odd in some(CORPUS, one_in=4):
        for typed in ({"rank": odd}, {"threshold": odd}, rows(benefit("multiplier", odd))):
            response = client.post(page_of(gold), {**sent, **typed})
            assert response.status_code in (200, 302), repr(odd)
            for row in (*Tier.objects.all(), *TierBenefit.objects.all()):
                row.full_clean()
            TierBenefit.objects.all().delete()
