"""Members enter their birthday on the account page, change it once a year, and take it back."""

import pytest
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from oscar_loyalty.flows import birthday_entered, messages_set_up
from oscar_loyalty.models import Birthday, MessageKind
from oscar_loyalty.program.messages import queries as messages_queries
from tests import birthdays, world
from tests.functional.desk import Desk, owner, sentences
from tests.functional.odd_strings import MANY
from tests.functional.reading import content, hooked, words
from tests.functional.test_query_budget import spent
from tests.mailing import switch_on
from tests.sampling import some

pytestmark = pytest.mark.django_db

ACCOUNT, BIRTHDAY = "/accounts/loyalty/", "/accounts/loyalty/birthday/"
WRITE_IT = "Write the day as a number, choose the month, and write the year in full or not at all."
NO_SUCH_DAY = "There is no such day: look at the day and the month again."
NO_SUCH_YEAR = "Write the year you were born in with four digits, or leave the year out."


@pytest.fixture
def party(programme):
    switch_on("birthday")


def send(app, user, **fields):
    """What the page says to what was written."""
    form = app.get(ACCOUNT, user=user).forms["loyalty-birthday-form"]
    for name, value in fields.items():
        form[name].force_value(value)
    return words(content(form.submit().follow()))


def kept():
    return list(Birthday.objects.values_list("month_day", "year"))


class TestThePage:
    def test_asks_only_where_birthdays_are_celebrated(self, django_app, programme, bob):
        switch_on("thank-you")
        page = django_app.get(ACCOUNT, user=bob)
        assert "loyalty-birthday-form" not in page.forms
        assert "birthday" not in words(content(page)).casefold()

    def test_says_what_it_is_for(self, django_app, party, bob):
        page = django_app.get(ACCOUNT, user=bob)
        said = words(content(page))
        assert "We only use it to celebrate your birthday with you." in said
        assert "A new day counts after 30 days, and it can be changed once a year." in said
        assert "loyalty-birthday-removal" not in page.forms
        labels = [label.text for label in page.html.select("#loyalty-birthday-form label")]
        assert labels == ["Day", "Month", "Year, if you like"]
        for label in page.html.select("#loyalty-birthday-form label"):
            assert page.html.find(id=label["for"]).name in ("input", "select")

    def test_keeps_a_day_and_a_month(self, django_app, party, bob):
        assert "Your birthday is saved." in send(django_app, bob, day="5", month="3")
        assert kept() == [(305, None)]
        page = django_app.get(ACCOUNT, user=bob)
        assert hooked(page, "birthday") == "Your birthday: March 5"
        form = page.forms["loyalty-birthday-form"]
        assert (form["day"].value, form["month"].value, form["year"].value) == ("5", "3", "")

    def test_keeps_the_year(self, django_app, party, bob):
        send(django_app, bob, day=" 29 ", month="2", year="1996")
        assert kept() == [(229, 1996)]
        page = django_app.get(ACCOUNT, user=bob)
        assert hooked(page, "birthday") == "Your birthday: Feb. 29, 1996"

    def test_takes_the_digits_of_any_language(self, django_app, party, bob):
        send(django_app, bob, day="٠٥", month="3", year="۱۹۹۰")
        assert kept() == [(305, 1990)]

    @pytest.mark.parametrize(
        ("day", "month", "year", "sentence"),
        [
            ("31", "4", "", NO_SUCH_DAY),
            ("30", "2", "", NO_SUCH_DAY),
            ("0", "1", "", NO_SUCH_DAY),
            ("32", "1", "", NO_SUCH_DAY),
            ("29", "2", "2025", "There was no 29 February in that year."),
            ("5", "3", "1799", NO_SUCH_YEAR),
            ("5", "3", "0000", NO_SUCH_YEAR),
            ("5", "3", "9999", NO_SUCH_YEAR),
            ("5", "3", "90", WRITE_IT),
            ("5", "13", "", WRITE_IT),
            ("5", "", "", WRITE_IT),
            ("", "3", "", WRITE_IT),
            ("5.", "3", "", WRITE_IT),
            ("9" * 5000, "3", "", WRITE_IT),
            ("5", "9" * 5000, "", WRITE_IT),
            ("5", "3", "9" * 5000, WRITE_IT),
            ("²", "3", "", WRITE_IT),
            ("5\x00", "3", "", WRITE_IT),
        ],
    )
    def test_refuses_what_cannot_be(self, django_app, party, bob, day, month, year, sentence):
        assert sentence in send(django_app, bob, day=day, month=month, year=year)
        assert kept() == []

    def test_refuses_what_nobody_means(self, client, party, bob):
        client.force_login(bob)
        birthdays.enter(bob.loyalty_account, 305, on=timezone.now().date())
        for odd in some([odd for odd in MANY[::20] if odd.strip()], one_in=2):
            for fields in ({"day": odd}, {"month": odd}, {"year": odd}):
                body = {"day": "6", "month": "3", **fields}
                encoded = {
                    name: part.encode("utf-8", "surrogatepass") for name, part in body.items()
                }
                assert client.post(BIRTHDAY, encoded).status_code == 302, repr(odd)
        assert kept() == [(305, None)]

    def test_can_be_changed_once_a_year(self, django_app, party, bob):
        send(django_app, bob, day="5", month="3")
        assert "Your birthday is saved." in send(django_app, bob, day="6", month="3")
        page = django_app.get(ACCOUNT, user=bob)
        assert "loyalty-birthday-form" not in page.forms
        assert "You can change it again from" in words(content(page))
        token = page.forms["loyalty-birthday-removal"]["csrfmiddlewaretoken"].value
        fields = {"csrfmiddlewaretoken": token, "day": "7", "month": "3"}
        refused = django_app.post(BIRTHDAY, fields, user=bob).follow()
        assert "A birthday can be changed once a year: yours from" in words(content(refused))
        assert kept() == [(306, None)]

    def test_can_be_taken_back(self, django_app, party, bob):
        send(django_app, bob, day="5", month="3", year="1990")
        page = django_app.get(ACCOUNT, user=bob)
        page = page.forms["loyalty-birthday-removal"].submit("remove").follow()
        assert "Your birthday is removed." in words(content(page))
        assert kept() == [(None, None)]
        assert page.html.select("[data-loyalty=birthday]") == []
        assert page.forms["loyalty-birthday-form"]["day"].value == ""

    def test_can_be_taken_back_where_none_is_celebrated_any_more(self, client, party, bob):
        birthdays.enter(bob.loyalty_account, 305, on=timezone.now().date())
        MessageKind.objects.update(active=False)
        client.force_login(bob)
        client.post(BIRTHDAY, {"remove": "1"})
        assert kept() == [(None, None)]

    def test_costs_one_query_more(self, django_app, programme, bob):
        def asked():
            django_app.get(ACCOUNT, user=bob)
            return spent(lambda: django_app.get(ACCOUNT, user=bob))[0]

        switch_on("thank-you")
        without = len(asked())
        switch_on("birthday")
        messages_queries.forget_active()
        statements = asked()
        assert len([sql for sql in statements if "oscar_loyalty_birthday" in sql]) == 1
        assert len(statements) == without + 1


class TestTheDoor:
    def test_guests_sign_in_first(self, client, party):
        page = client.post(BIRTHDAY, {"day": "5", "month": "3"})
        assert page["Location"].startswith("/accounts/login/")

    def test_a_look_changes_nothing(self, client, party, bob):
        client.force_login(bob)
        assert client.get(BIRTHDAY, {"day": "5", "month": "3"})["Location"] == ACCOUNT
        assert kept() == []

    def test_who_is_no_member_is_told(self, client, party, charlie):
        client.force_login(charlie)
        page = client.post(BIRTHDAY, {"day": "5", "month": "3"}, follow=True)
        assert "You are not a member yet." in page.content.decode()
        assert kept() == []

    def test_a_database_that_does_not_answer_says_so(self, django_app, party, bob, monkeypatch):
        def fail(*args, **kwargs):
            raise OperationalError

        monkeypatch.setattr(birthday_entered, "run", fail)
        said = send(django_app, bob, day="5", month="3")
        assert "Your birthday could not be saved just now; nothing was changed." in said


class TestStaff:
    def test_see_it_on_the_members_page(self, django_app, party, bob):
        account = bob.loyalty_account
        url = reverse("admin:oscar_loyalty_account_change", args=[account.pk])
        desk = Desk(django_app, owner())
        assert "March 5" not in sentences(desk.read(url))
        birthdays.enter(account, 305, on=timezone.now().date())
        assert "March 5" in sentences(desk.read(url))

    def test_choose_the_days_and_the_present(self, django_app, programme):
        messages_set_up.run()
        pk = MessageKind.objects.get(code="birthday").pk
        url = reverse("admin:oscar_loyalty_messagekind_change", args=[pk])
        desk = Desk(django_app, owner())
        assert "So many days before the birthday" in sentences(desk.read(url))
        desk.save(url, active="on", days="7", gives="percentage", value="10", valid_days="30")
        row = MessageKind.objects.get(code="birthday")
        assert (row.active, row.days, row.gives, row.value) == (True, 7, "percentage", 10)


def test_the_history_names_it(django_app, party, bob):
    birthdays.celebrated(gives="points", value=50)
    account = bob.loyalty_account
    birthdays.enter(account, 305, on=birthdays.noon(timezone.now()).date())
    world.place(bob, "10.00")
    Birthday.objects.update(entered_date="2020-01-01", next_date=timezone.now().date())
    assert birthdays.search(timezone.now().date()) == 1
    assert "Birthday present" in words(content(django_app.get(ACCOUNT, user=bob)))
