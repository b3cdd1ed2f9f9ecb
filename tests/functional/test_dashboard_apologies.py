"""Staff apologise from the dashboard, and say what points cannot pay for."""

import pytest

from oscar_loyalty.flows import messages_set_up
from oscar_loyalty.models import (
    Apology,
    ApologyRecipient,
    Entry,
    ExcludedRange,
    Message,
)
from tests import apologising, coupons, world
from tests.functional.desk import owner, sentences, signed_in, staff
from tests.functional.forms import acts, errors, filled, form_with, names
from tests.functional.reading import listed
from tests.mailing import switch_on

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


class TestApologies:
    @pytest.fixture
    def people(self, manager):
        messages_set_up.run()
        switch_on("apology")
        return apologising.customers()

    @pytest.fixture
    def boss(self, people, django_app):
        """May write apologies, and send them."""
        boss = staff("boss", "view_account", "change_programme", "send_apology")
        world.forget_membership(boss)
        return lambda page: django_app.get(f"{HOME}messages/apologies/{page}", user=boss)

    def written(self, boss, **changes):
        draft = {"title": "Broken cups", "what_happened": "The cups broke.", "gives": "points"}
        days = {"placed_from": "2026-03-01", "placed_until": "2026-03-31", "value": "50"}
        return filled(boss("add/"), **{**draft, **days, **changes}).submit()

    def test_from_draft_to_letter(self, boss):
        page = self.written(boss).follow()
        said = sentences(page)
        assert "The draft is saved. Nothing is sent yet." in said
        assert "2 members are affected and can be reached. 2 of them are chosen." in said
        form = page.forms["loyalty-list"]
        form.fields["chosen"][1].checked = False
        page = form.submit("then", value="send").follow()
        assert listed(page, "#loyalty-outlook li") == [
            "1 member gets the letter and 50 points.",
            "It costs £0.50 at most: if everybody uses all of it.",
        ]
        assert not Message.objects.exists()
        page = page.forms["loyalty-send"].submit().follow()
        assert "The apology is on its way." in sentences(page)
        told = ApologyRecipient.objects.filter(outcome="told")
        assert [one.account.user.username for one in told] == ["bob"]
        assert Entry.objects.filter(kind="bonus").count() == 1
        assert [act[:2] for act in acts()] == [
            ("Added.", "apology"),
            ("Chose who is told.", "apology"),
            ("The apology is on its way.", "apology"),
        ]
        again = boss("")
        assert names(again) == ["Broken cups"]

    def test_what_is_sent_is_only_looked_at(self, boss):
        self.written(boss)
        apology = Apology.objects.get()
        changing = form_with(boss(f"{apology.pk}/"), "title")
        boss(f"{apology.pk}/send/").forms["loyalty-send"].submit()
        changing["value"] = "5000"
        refused = changing.submit()
        assert "This apology is sent, or deleted; nothing about it can change." in errors(refused)
        apology.refresh_from_db()
        assert apology.value == 50
        page = boss(f"{apology.pk}/").follow()
        assert "The cups broke." in sentences(page)
        assert not page.html.select("input[name=chosen]")

    def test_what_changed_since_it_was_seen_is_not_sent(self, boss):
        self.written(boss)
        apology = Apology.objects.get()
        sending = boss(f"{apology.pk}/send/").forms["loyalty-send"]
        filled(boss(f"{apology.pk}/"), value="5000").submit().follow()
        page = sending.submit().follow()
        assert "It was changed meanwhile: look at the list once more." in sentences(page)
        assert (Message.objects.count(), Entry.objects.filter(kind="bonus").count()) == (0, 0)

    def test_other_orders_make_another_list(self, boss):
        self.written(boss)
        apology = Apology.objects.get()
        page = filled(boss(f"{apology.pk}/"), placed_until="2026-04-30").submit().follow()
        assert "3 members are affected" in sentences(page)
        assert acts()[1][2]["placed_until"] == ("2026-03-31", "2026-04-30")

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"placed_from": "", "placed_until": ""}, "Say which orders it is about"),
            ({"placed_until": "2026-02-01"}, "It ends before it begins."),
            ({"what_happened": " . "}, "Write what happened."),
        ],
    )
    def test_one_that_makes_no_sense_is_refused(self, boss, changes, sentence):
        assert sentence in errors(self.written(boss, **changes))
        assert not Apology.objects.exists()

    def test_who_may_only_look_chooses_nobody_and_sends_nothing(self, people):
        made = apologising.draft()
        apologising.listed(made)
        client = signed_in(staff("looker", "view_account"))
        url = f"{HOME}messages/apologies/{made.pk}/"
        page = client.get(f"{url}list/")
        assert b"bob" in page.content
        assert b'name="chosen"' not in page.content
        for button in ({"find": "1"}, {"then": "send"}):
            assert client.post(f"{url}list/", button).status_code == 403
        assert client.post(f"{url}send/", {"revision": made.revision}).status_code == 403
        assert ApologyRecipient.objects.filter(chosen=True).count() == 2
        assert not Message.objects.exists()

    def test_unknown_ones_have_no_pages(self, people):
        client = signed_in(owner())
        for number in (0, 10**6, 10**30):
            for page in ("", "list/", "send/"):
                for ask in (client.get, client.post):
                    url = f"{HOME}messages/apologies/{number}/{page}"
                    assert ask(url).status_code == 404


def test_ranges_that_points_cannot_pay_for_are_a_part_of_the_settings(read):
    books = coupons.product_range("Books")
    filled(read("settings/"), **{"excluded_ranges-0-range": books.pk}).submit().follow()
    kept = ExcludedRange.objects.get()
    assert kept.range == books
    twice = filled(read("settings/"), **{"excluded_ranges-1-range": books.pk}).submit()
    assert twice.status_code == 200
    assert ExcludedRange.objects.count() == 1
    filled(read("settings/"), **{"excluded_ranges-0-DELETE": True}).submit().follow()
    assert not ExcludedRange.objects.exists()
    added, removed = acts()
    assert added[2][f"excludedrange {kept.pk}"][0] is None
    assert removed[2][f"excludedrange {kept.pk}"][1] is None
