"""Reports as people ask for them: on Oscar's report page, and by command."""

import csv
import io
import json
from datetime import datetime, timezone

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.utils import timezone as django_timezone

from oscar_loyalty.flows import sales_counted
from oscar_loyalty.models import Standing
from oscar_loyalty.program.reports.queries import REPORTS
from tests import world
from tests.functional.desk import owner, signed_in, staff
from tests.integration import ageing

AT = datetime(2026, 6, 15, 12, tzinfo=timezone.utc)
DAYS = ("--from", "2026-01-01", "--to", "2026-03-31")
PAGE = "/dashboard/reports/"


@pytest.fixture
def shop(programme, bob, monkeypatch):
    """Two bought in December, one of them again in February; everything was counted."""
    monkeypatch.setattr(django_timezone, "now", lambda: AT)
    carol = world.customer("carol")
    december = datetime(2025, 12, 3, 12, tzinfo=timezone.utc)
    for user in (bob, carol):
        world.unsignalled(user, "20.00", at=december)
    world.unsignalled(bob, "30.00", at=datetime(2026, 2, 3, 12, tzinfo=timezone.utc))
    sales_counted.run(at=AT)


def printed(*arguments):
    out = io.StringIO()
    call_command("loyalty_report", *arguments, stdout=out)
    return out.getvalue()


def test_a_table_for_people(shop):
    assert printed("repeat", *DAYS).splitlines() == [
        "How many customers buy again?",
        "January 2026 to March 2026",
        "         Month  Customers who ordered  Of these, not for the first time"
        "  Repeat purchase rate",
        "       2026-01                      0                                 0",
        "       2026-02                      1                                 1"
        "                 100.0",
        "       2026-03                      0                                 0",
        "The whole time                      1                                 1"
        "                 100.0",
    ]


def test_a_file_for_spreadsheets(shop):
    rows = list(csv.DictReader(io.StringIO(printed("retention", *DAYS, "--format", "csv"))))
    assert [row["Month"] for row in rows] == ["2026-01", "2026-02", "2026-03", "The whole time"]
    assert {row["Retention rate"] for row in rows} == {"100.0"}


def test_an_answer_for_programs(shop):
    answer = json.loads(printed("churn", *DAYS, "--format", "json"))
    assert answer["from"] == "2026-01-01"
    assert answer["rows"][0] == {"month": "2026-01", "start": 2, "lost": 0, "rate": 0.0}
    assert answer["whole"] == {"start": 2, "lost": 0, "rate": 0.0}


def test_part_of_a_month_is_all_of_it(shop):
    within = ("--from", "2026-01-20", "--to", "2026-03-02")
    assert printed("repeat", *within) == printed("repeat", *DAYS)


def test_a_segment(shop, bob):
    world.forget_membership(bob)
    answer = json.loads(printed("repeat", *DAYS, "--format", "json", "--segment", "members"))
    assert answer["whole"]["buyers"] == 0
    answer = json.loads(printed("repeat", *DAYS, "--format", "json", "--segment", "non-members"))
    assert answer["whole"]["buyers"] == 1


def test_segments_by_tier(shop, bob, ladder):
    Standing.objects.filter(account__user=bob).update(tier=ladder[1])
    for segment, buyers in {"tier-2": 1, "tier-1": 0, "no-tier": 1, "members": 2}.items():
        days = ("--from", "2025-12-01", "--to", "2025-12-31")
        answer = printed("repeat", *days, "--format", "json", "--segment", segment)
        assert json.loads(answer)["whole"]["buyers"] == buyers, segment


def test_an_empty_time_says_so(shop):
    empty = ("--from", "2020-01-01", "--to", "2020-03-31")
    assert printed("retention", *empty).endswith("There is nothing to count in this time.\n")
    answer = json.loads(printed("retention", *empty, "--format", "json"))
    assert answer["whole"]["rate"] is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["retenshun"], "There is no report “retenshun”"),
        (["churn", "--from", "2026-03-01", "--to", "2026-02-01"], "ends before it begins"),
        (["churn", "--from", "2026-07-01"], "has not begun yet"),
        (["churn", "--from", "yesterday"], "yesterday is not a day"),
        (["churn", "--from", ""], " is not a day"),
        (["churn", "--to", "0001-01-01"], "no orders from such a day"),
        (["churn", "--segment", "friends"], "There is no segment “friends”"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(shop, arguments, sentence):
    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("loyalty_report", *arguments)
    assert refused.value.returncode == 2


def test_before_anything_was_counted(programme):
    with pytest.raises(CommandError, match="have not been counted yet"):
        call_command("loyalty_report", "churn")


def test_the_books_need_no_counting(bob, monkeypatch):
    monkeypatch.setattr(django_timezone, "now", lambda: AT)
    ageing.earn(bob.loyalty_account, 250, at=datetime(2026, 2, 3, 12, tzinfo=timezone.utc))
    days = ("--from", "2026-02-02", "--to", "2026-02-05")
    answer = json.loads(printed("points", *days, "--format", "json"))
    assert (answer["from"], answer["to"]) == ("2026-02-02", "2026-02-05")
    assert (answer["whole"]["bonus"], answer["whole"]["closing"]) == (250, 250)
    lines = printed("liability", "--from", "2026-03-01", "--format", "csv").splitlines()
    assert lines[1:] == ["Earlier,250,0,250,2.50,,", "The whole time,250,0,250,2.50,,"]
    said = sentences_of(signed_in(owner()).get(f"{DESK}liability/", {"first": "2026-03-01"}))
    assert "March 1, 2026 to June 15, 2026" in said
    assert "Earlier 250 0 250 £2.50 – –" in said
    assert "As the books were at June 15, 2026" in said


def test_oscars_report_page(shop):
    client = signed_in(owner())
    form = client.get(PAGE)
    assert "Loyalty: How many customers buy again?" in sentences_of(form)
    asked = {"report_type": "loyalty_repeat", "date_from": "2026-01-01", "date_to": "2026-03-31"}
    page = client.get(PAGE, asked)
    said = sentences_of(page)
    assert "How many customers buy again? January 2026 to March 2026" in said
    assert "The whole time 1 1 100.0 %" in said
    assert "How is this counted? The repeat purchase rate is" in said
    download = client.get(PAGE, {**asked, "download": "on"})
    assert download["Content-Disposition"] == (
        'attachment; filename="loyalty-repeat-2026-01-01-2026-03-31.csv"'
    )
    assert download.content.decode().splitlines()[-1] == "The whole time,1,1,100.0"


def test_a_long_report_goes_over_several_pages(shop):
    asked = {"report_type": "loyalty_repeat", "date_from": "2024-01-01", "date_to": "2026-03-31"}
    said = sentences_of(signed_in(owner()).get(PAGE, {**asked, "page": "2"}))
    assert "Page 2 of 2" in said
    assert "The whole time 2 1 50.0 %" in said


def test_oscars_page_refuses_in_a_sentence(shop):
    client = signed_in(owner())
    asked = {"report_type": "loyalty_repeat", "date_from": "2026-07-01"}
    page = client.get(PAGE, asked)
    assert page.status_code == 200
    assert "The time has not begun yet." in sentences_of(page)
    download = client.get(PAGE, {**asked, "download": "on"})
    assert (download.status_code, download.content) == (400, b"The time has not begun yet.")


def sentences_of(response):
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split())


def test_oscars_page_asks_for_our_permissions(shop, bob):
    asked = {"report_type": "loyalty_repeat"}
    assert signed_in(bob).get(PAGE, asked).status_code == 403
    frank, clara = staff("frank"), staff("clara", "view_account")
    # Oscar 4.1 asks for all that may be done with them, even of those who look.
    for user in (frank, clara):
        user.user_permissions.add(*Permission.objects.filter(codename__endswith="_userrecord"))
    staff_of_oscars = signed_in(frank)
    assert staff_of_oscars.get(PAGE, {"report_type": "order_report"}).status_code == 200
    assert staff_of_oscars.get(PAGE, asked).status_code == 403
    staff_of_ours = signed_in(clara)
    assert staff_of_ours.get(PAGE, asked).status_code == 200
    assert staff_of_ours.get(PAGE, {**asked, "download": "on"}).status_code == 403


DESK = "/dashboard/loyalty/reports/"
ASKED = {"first": "2026-01-01", "last": "2026-03-31"}


@pytest.fixture
def clerk(shop):
    return signed_in(staff("clara", "view_account"))


def test_every_question_leads_to_its_answer(shop):
    client = signed_in(owner())
    page = BeautifulSoup(client.get(DESK).content, "html.parser")
    links = [link["href"] for link in page.select(".loyalty-desk li a")]
    assert len([link for link in links if link.startswith(DESK)]) == len(REPORTS)
    for name in REPORTS:
        said = sentences_of(client.get(f"{DESK}{name}/"))
        assert str(REPORTS[name].question) in said
        assert "How is this counted?" in said


def test_a_page_of_the_menu(clerk):
    said = sentences_of(clerk.get(f"{DESK}repeat/", {**ASKED, "segment": "all"}))
    assert "January 2026 to March 2026" in said
    assert "The whole time 1 1 100.0 %" in said
    assert "As the orders were at June 15, 2026" in said
    assert "Download as CSV" not in said


def test_a_page_about_a_part_of_the_customers(clerk, bob):
    world.forget_membership(bob)
    said = sentences_of(clerk.get(f"{DESK}repeat/", {**ASKED, "segment": "members"}))
    assert "There is nothing to count in this time." in said


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"first": "2026-02-30"}, "Enter a valid date."),
        ({"first": "2026-03-01", "last": "2026-01-01"}, "The time ends before it begins."),
        ({"first": "2026-07-01"}, "The time has not begun yet."),
        ({"last": "0001-01-01"}, "There are no orders from such a day."),
        ({"last": "9999-12-31", "first": "9999-12-31"}, "The time has not begun yet."),
        ({"segment": "friends"}, "friends is not one of the available choices."),
    ],
)
def test_a_page_says_what_makes_no_sense(shop, asked, sentence):
    client = signed_in(owner())
    page = client.get(f"{DESK}repeat/", asked)
    assert page.status_code == 200
    assert sentence in sentences_of(page)
    assert page.context["table"] is None
    file = client.get(f"{DESK}repeat/csv/", asked, follow=True)
    assert sentence in sentences_of(file)


def test_there_is_no_page_for_no_report(clerk):
    assert clerk.get(f"{DESK}retenshun/").status_code == 404


def test_the_file_needs_a_permission_of_its_own(clerk):
    assert clerk.get(f"{DESK}repeat/csv/", ASKED).status_code == 403
    carol = signed_in(staff("carol_e", "view_account", "export_members"))
    page = carol.get(f"{DESK}repeat/", ASKED)
    assert "csv/?first=2026-01-01" in page.content.decode()
    lines = carol.get(f"{DESK}repeat/csv/", ASKED).content.decode().splitlines()
    assert lines[1:] == [
        "2026-01,0,0,",
        "2026-02,1,1,100.0",
        "2026-03,0,0,",
        "The whole time,1,1,100.0",
    ]
