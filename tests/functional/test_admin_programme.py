"""The programme in the admin: one row, described and checked."""

from decimal import Decimal

import pytest
from django.urls import reverse

from oscar_loyalty.models import Programme
from tests import world
from tests.functional.desk import Desk, owner, sentences, signed_in
from tests.functional.odd_strings import CORPUS
from tests.sampling import some

LIST = reverse("admin:oscar_loyalty_programme_changelist")
ADD = reverse("admin:oscar_loyalty_programme_add")


@pytest.fixture
def desk(django_app, db):
    return Desk(django_app, owner())


@pytest.fixture
def programme(db):
    return world.programme()


@pytest.fixture
def url(programme):
    return reverse("admin:oscar_loyalty_programme_change", args=[programme.pk])


def terms(programme):
    return Programme.objects.filter(pk=programme.pk).values().get()


def test_without_a_programme_the_list_leads_to_its_form(desk):
    response = desk.read(LIST)
    assert (response.status_code, response.location) == (302, ADD)


def test_the_form_makes_the_programme_with_the_shops_own_currency(desk):
    response = desk.save(ADD, name_0="Larkfield Points")
    assert response.status_code == 302
    made = Programme.objects.get()
    assert (str(made.name), made.currency, made.time_zone) == (
        "Larkfield Points",
        "GBP",
        "Europe/London",
    )


def test_with_a_programme_the_list_leads_to_it(desk, url):
    assert desk.read(LIST).location == url


def test_there_is_no_second_programme(desk, programme):
    assert desk.app.get(ADD, user=desk.user, status=403)
    assert Programme.objects.count() == 1


def test_the_programme_cannot_be_deleted(desk, programme):
    url = reverse("admin:oscar_loyalty_programme_delete", args=[programme.pk])
    assert desk.app.get(url, user=desk.user, status=403)
    assert Programme.objects.count() == 1


def test_the_sentence_stands_above_the_fields(desk, url):
    page = desk.read(url)
    assert page.html.select_one(".field-sentence .readonly").text == (
        "1 point for every £1; 100 points are £1 off."
    )


def test_the_name_is_written_in_each_language(desk, url, programme):
    page = desk.read(url)
    assert page.forms["programme_form"]["name_0"].value == "Larkfield Points"
    desk.save(url, name_1="نقاط لاركفيلد").follow()
    programme.refresh_from_db()
    assert programme.name.data == {"en": "Larkfield Points", "ar": "نقاط لاركفيلد"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name_0": "", "name_1": "نقاط"}, "Write the name in English"),
        ({"name_2": "x" * 101}, "Write a name of at most 100 characters in each language."),
        ({"earn_points": "0"}, "greater than or equal to 1"),
        ({"earn_points": "-5"}, "greater than or equal to 0"),
        ({"earn_points": "9" * 5000}, "Enter a whole number."),
        ({"earn_amount": "0"}, "greater than or equal to 0.01"),
        ({"earn_amount": "NaN"}, "Enter a number."),
        ({"value_amount": "-1"}, "greater than or equal to 0.01"),
        ({"minimum_order": "-0.01"}, "greater than or equal to 0"),
        ({"signup_points": "1000001"}, "less than or equal to 1000000"),
        ({"earn_points": "101"}, "a shopper gets back more than they pay. Lower the points"),
        ({"currency": "Pounds"}, "Write the code of a currency, such as GBP or EUR."),
        ({"time_zone": "Europe/Narnia"}, "Name a time zone such as Europe/London."),
        ({"starts_at_0": "0001-01-01"}, "Write a date between the years 1990 and 2100."),
        ({"starts_at_0": "9999-12-31"}, "Write a date between the years 1990 and 2100."),
        ({"spendable": "after-days"}, "Say after how many days, at least one."),
        ({"spendable": "on-status"}, "Name the order status."),
        (
            {"spendable": "on-status", "spendable_status": "Cancelled"},
            "An order in this status carries no points. Choose another one.",
        ),
        ({"window_months": "0"}, "greater than or equal to 1"),
        ({"grace_days": "3651"}, "less than or equal to 3650"),
    ],
)
def test_bad_terms_are_refused_with_a_sentence(desk, url, programme, changes, sentence):
    before = terms(programme)
    response = desk.save(url, **changes)
    assert response.status_code == 200
    assert sentence in sentences(response)
    assert terms(programme) == before


def test_the_currency_may_change_while_the_books_are_empty(desk, url, programme):
    assert desk.save(url, currency="eur").status_code == 302
    assert terms(programme)["currency"] == "EUR"


def test_the_currency_stays_once_there_are_entries(desk, url, programme):
    world.place(world.customer("bob"), "10.00")
    response = desk.save(url, currency="EUR", earn_points="2")
    assert "The books are kept in GBP." in sentences(response)
    assert (terms(programme)["currency"], terms(programme)["earn_points"]) == ("GBP", 1)
    assert desk.save(url, earn_points="2").status_code == 302
    assert terms(programme)["earn_points"] == 2


def test_the_currency_stays_once_an_order_counts_that_earned_no_points(desk, url, programme):
    world.place(world.customer("bob"), "0.50")
    response = desk.save(url, currency="EUR")
    assert "The books are kept in GBP." in sentences(response)
    assert terms(programme)["currency"] == "GBP"


def test_rates_are_refused_that_a_tiers_multiplier_makes_too_generous(desk, url, programme):
    world.tier("Gold", 1, "300", multiplier="3.00")
    response = desk.save(url, earn_points="50")
    assert "With the multiplier 3 of a tier, its members get back more" in sentences(response)
    assert terms(programme)["earn_points"] == 1
    assert desk.save(url, earn_points="33").status_code == 302


def test_amounts_are_kept_to_the_penny(desk, url, programme):
    desk.save(url, minimum_order="19.99", value_amount="0.50").follow()
    kept = terms(programme)
    assert (kept["minimum_order"], kept["value_amount"]) == (Decimal("19.99"), Decimal("0.50"))


@pytest.mark.sampled
def test_odd_strings_in_any_field_are_no_failure(desk, url, programme):
    client, sent = signed_in(desk.user), desk.fields(url)
    typed = [
        name
        for name in sent
        if not name.startswith(("rules-", "excluded_ranges-", "_", "csrf", "active"))
    ]
    assert len(typed) == 35
    before = terms(programme)
    for odd in some(CORPUS, one_in=4):
        response = client.post(url, {**sent, **dict.fromkeys(typed, odd)})
        assert response.status_code == 200, repr(odd)
    assert terms(programme) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "names",
    [
        ("earn_points", "earn_amount", "value_points", "value_amount"),
        ("minimum_order", "signup_points", "spendable_after_days", "window_months", "grace_days"),
        ("starts_at_0", "starts_at_1"),
    ],
)
def test_what_an_odd_string_leaves_behind_is_a_programme(desk, url, programme, names):
    """Whether a string is refused or read as a number, the terms stay within their bounds."""
    client, sent = signed_in(desk.user), desk.fields(url)
    for odd in some(CORPUS, one_in=4):
        response = client.post(url, {**sent, **dict.fromkeys(names, odd)})
        assert response.status_code in (200, 302), repr(odd)
        Programme.objects.get().full_clean()
