"""Occasions and surprises as staff set them up, and what they see of them."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from oscar_loyalty.flows import messages_set_up, surprises_drawn
from oscar_loyalty.models import Occasion, SurpriseDraw, SurpriseGift, SurpriseSettings
from oscar_loyalty.program.surprises import policy
from tests import world
from tests.functional.desk import Desk, owner, sentences
from tests.functional.odd_strings import CORPUS
from tests.functional.reading import listed, words
from tests.mailing import switch_on, willing
from tests.sampling import some

ADD = reverse("admin:oscar_loyalty_occasion_add")
LIST = reverse("admin:oscar_loyalty_occasion_changelist")
SETTINGS = reverse("admin:oscar_loyalty_surprisesettings_changelist")
NOWRUZ = {"name_0": "Nowruz", "what": "nowruz"}


@pytest.fixture
def desk(django_app, db):
    world.programme()
    return Desk(django_app, owner())


def occasion(**fields):
    return Occasion.objects.create(**{"name": "Nowruz", "what": "nowruz", **fields})


def page_of(row):
    return reverse(f"admin:oscar_loyalty_{row._meta.model_name}_change", args=[row.pk])


def errors(page):
    return " ".join(listed(page, ".errorlist"))


class TestOccasions:
    def test_one_is_set_up(self, desk):
        gold = world.tier("Gold", 1, "300")
        changes = {
            "name_0": "Eid",
            "what": "eid-al-fitr",
            "announced_date": "2076-09-02",
            "days_ahead": "3",
            "language": "fa",
            "tier": str(gold.pk),
            "gives": "percentage",
            "value": "10",
        }
        page = desk.save(ADD, **changes)
        assert page.status_int == 302, errors(page)
        made = Occasion.objects.get()
        assert (str(made.name), made.what, made.announced_date) == (
            "Eid",
            "eid-al-fitr",
            date(2076, 9, 2),
        )
        assert (made.days_ahead, made.language, made.tier) == (3, "fa", gold)
        assert (made.gives, made.value, made.active) == ("percentage", Decimal(10), True)

    def test_a_date_of_its_own(self, desk):
        assert desk.save(ADD, name_0="Ours", what="fixed", month="2", day="29").status_int == 302
        made = Occasion.objects.get()
        assert (made.month, made.day, made.tier, made.language) == (2, 29, None, "")

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"name_0": ""}, "Write the name in"),
            ({"what": ""}, "This field is required."),
            ({"what": "fixed"}, "Choose a month, and write a day of it."),
            ({"what": "fixed", "month": "4", "day": "31"}, "The month has no such day."),
            ({"what": "fixed", "month": "13", "day": "1"}, "Select a valid choice."),
            ({"announced_date": "2027-07-01"}, "By the calendar this occasion is next on"),
            ({"announced_date": "0001-01-01"}, "The calendar of this occasion is not known"),
            ({"announced_date": "9999-12-31"}, "The calendar of this occasion is not known"),
            (
                {"what": "eid-al-fitr", "announced_date": "2090-01-01"},
                "The calendar of this occasion is not known for that year.",
            ),
            ({"days_ahead": "61"}, "less than or equal to 60"),
            ({"language": "xx"}, "Select a valid choice."),
            ({"tier": "99"}, "Select a valid choice."),
            ({"gives": "percentage", "value": "101"}, "A percentage is from 0.01 to 100"),
        ],
    )
    def test_what_cannot_be_is_a_sentence(self, desk, fields, sentence):
        page = desk.save(ADD, **{**NOWRUZ, **fields})
        assert sentence in errors(page)
        assert not Occasion.objects.exists()

    @pytest.mark.parametrize("field", ["month", "day", "announced_date", "days_ahead", "language"])
    def test_odd_values_fail_nowhere(self, desk, field):
        sent = {**desk.fields(ADD), **NOWRUZ, "what": "fixed", "month": "5", "day": "5"}
        for odd in some(CORPUS, one_in=8):
            if not odd.strip():
                continue
            page = desk.app.post(ADD, {**sent, field: odd.encode()}, user=desk.user)
            assert page.status_int in (200, 302), repr(odd)
        for made in Occasion.objects.all():
            assert made.days_ahead <= 60
            assert made.feast.day in range(1, 32)

    def test_the_next_three_dates_are_shown(self, desk, monkeypatch):
        made = occasion()
        at = timezone.datetime(2027, 3, 22, tzinfo=timezone.get_default_timezone())
        monkeypatch.setattr("oscar_loyalty.staff.occasions.timezone.now", lambda: at)
        dates = ["March 20, 2028", "March 20, 2029", "March 21, 2030"]
        assert listed(desk.read(LIST), "td.field-next_dates div") == dates
        assert listed(desk.read(page_of(made)), ".field-next_dates div.readonly div") == dates

    def test_where_the_calendar_ends(self, desk, monkeypatch):
        made = occasion(what="eid-al-adha")
        at = timezone.datetime(2078, 1, 1, tzinfo=timezone.get_default_timezone())
        monkeypatch.setattr("oscar_loyalty.staff.occasions.timezone.now", lambda: at)
        sentence = "The calendar of this occasion is not known any further."
        assert sentence in sentences(desk.read(LIST))
        page = desk.save(page_of(made), days_ahead="1")
        assert f"{sentence} Choose a date of its own." in errors(page)
        made.refresh_from_db()
        assert made.days_ahead == 7

    def test_before_there_is_a_programme(self, django_app, db):
        occasion()
        desk = Desk(django_app, owner())
        assert len(listed(desk.read(LIST), "td.field-next_dates div")) == 3

    def test_a_tier_that_it_is_for_cannot_be_deleted(self, desk):
        gold = world.tier("Gold", 1, "300")
        occasion(tier=gold)
        page = desk.read(reverse("admin:oscar_loyalty_tier_delete", args=[gold.pk]))
        assert "protected" in sentences(page)
        assert "Nowruz" in sentences(page)


class TestSurprises:
    def test_the_one_row_is_made_and_found(self, desk):
        form = desk.read(SETTINGS).follow().forms["surprisesettings_form"]
        form["budget"], form["chance"], form["gives"] = "200", "2.5", "points"
        form["value"] = "100"
        form.submit().follow()
        row = SurpriseSettings.objects.get()
        assert (row.budget, row.chance, row.least_days) == (Decimal(200), Decimal("2.5"), 90)
        assert desk.read(SETTINGS).location.endswith(page_of(row))
        add = reverse("admin:oscar_loyalty_surprisesettings_add")
        assert desk.app.get(add, user=desk.user, expect_errors=True).status_int == 403

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"budget": "-1"}, "greater than or equal to 0"),
            ({"budget": "NaN"}, "Enter a number."),
            ({"budget": ""}, "This field is required."),
            ({"chance": "0"}, "greater than or equal to 0.01"),
            ({"chance": "100.01"}, "less than or equal to 100"),
            ({"chance": "0.001"}, "no more than 2 decimal places"),
            ({"least_days": "0"}, "greater than or equal to 1"),
            ({"gives": "nothing"}, "Choose what a surprise brings."),
            ({"gives": "percentage", "value": "10"}, "Write what one such coupon is taken to cost"),
            ({"gives": "percentage", "value": "101", "assumed_cost": "1"}, "A percentage is from"),
            ({"value": "1.5"}, "Write a whole number of points"),
            ({"assumed_cost": ""}, "This field is required."),
        ],
    )
    def test_what_cannot_be_is_a_sentence(self, desk, fields, sentence):
        row = SurpriseSettings.objects.create(budget=10, chance=5, gives="points", value=50)
        before = SurpriseSettings.objects.values().get()
        assert sentence in errors(desk.save(page_of(row), **fields))
        assert SurpriseSettings.objects.values().get() == before

    @pytest.mark.parametrize("field", ["budget", "chance", "least_days", "assumed_cost", "value"])
    def test_odd_values_fail_nowhere(self, desk, field):
        row = SurpriseSettings.objects.create(budget=10, chance=5, gives="points", value=50)
        url, sent = page_of(row), desk.fields(page_of(row))
        for odd in some(CORPUS, one_in=8):
            page = desk.app.post(url, {**sent, field: odd.encode()}, user=desk.user)
            assert page.status_int in (200, 302), repr(odd)
            row.refresh_from_db()
            assert 0 <= getattr(row, field) <= 10**9, repr(odd)

    def test_draws_and_winners_are_on_record(self, desk, monkeypatch):
        monkeypatch.setattr(policy, "limit", lambda chance, day: policy.NUMBERS)
        messages_set_up.run()
        switch_on("surprise")
        SurpriseSettings.objects.create(budget=1, chance=5, gives="points", value=50)
        for name in ("dora", "eve", "frank"):
            willing(name)
        surprises_drawn.run(at=timezone.now())
        draw = SurpriseDraw.objects.get()
        listing = desk.read(reverse("admin:oscar_loyalty_surprisedraw_changelist"))
        row = [words(cell) for cell in listing.html.select("#result_list tbody tr > *")]
        assert row[1:] == ["3", "3", "2", "1.00"]
        assert draw.seed in sentences(desk.read(page_of(draw)))
        (link,) = listing.html.select("td.field-won a")
        winners = listed(desk.read(link["href"]), "#result_list tbody tr th")
        assert len(winners) == 2
        gift = SurpriseGift.objects.first()
        assert gift.account.user.username in sentences(desk.read(page_of(gift)))
