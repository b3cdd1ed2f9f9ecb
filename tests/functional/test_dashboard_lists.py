"""Lists of the dashboard: filters, pages by key, and CSV without formulas."""

import csv
import io
from decimal import Decimal

import pytest

from oscar_loyalty.dashboard import lists
from oscar_loyalty.dashboard.lists import cell
from oscar_loyalty.models import Account
from tests import world
from tests.functional.desk import owner, signed_in, staff

MEMBERS = "/dashboard/loyalty/members/"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Alice", "Alice"),
        ('=HYPERLINK("http://evil")', '\'=HYPERLINK("http://evil")'),
        ("+441234", "'+441234"),
        ("-2+3", "'-2+3"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),
        (-150, "-150"),
        (Decimal("-1.50"), "-1.50"),
        (None, ""),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(value, written):
    assert cell(value) == written


@pytest.fixture
def crowd(programme):
    """Seven members, named by number, and staff who look at them."""
    for number in range(7):
        world.customer(f"m{number}")
    carol = staff("carol", "view_account", "export_members")
    world.forget_membership(carol)
    return carol


def emails(page):
    return [str(row.record.user.email).partition("@")[0] for row in page.context["table"].rows]


def test_pages_go_by_key_there_and_back(crowd, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 3)
    client = signed_in(crowd)
    first = client.get(MEMBERS)
    assert emails(first) == ["m6", "m5", "m4"]
    assert set(first.context["turns"]) == {"before"}
    second = client.get(MEMBERS, first.context["turns"])
    assert emails(second) == ["m3", "m2", "m1"]
    last = client.get(MEMBERS, {"before": second.context["turns"]["before"]})
    assert emails(last) == ["m0"]
    assert set(last.context["turns"]) == {"after"}
    back = client.get(MEMBERS, last.context["turns"])
    assert emails(back) == ["m3", "m2", "m1"]
    assert set(back.context["turns"]) == {"before", "after"}
    start = client.get(MEMBERS, {"after": back.context["turns"]["after"]})
    assert emails(start) == ["m6", "m5", "m4"]
    assert set(start.context["turns"]) == {"before"}


@pytest.mark.parametrize("key", ["x", "-1", str(2**70), "", "1\x00"])
def test_a_key_that_is_none_shows_the_first_page(crowd, key):
    page = signed_in(crowd).get(MEMBERS, {"before": key})
    assert emails(page)[0] == "m6"


def test_filters_find_by_name_address_and_number(crowd):
    client = signed_in(crowd)
    number = Account.objects.get(user__username="m3").public_id
    assert emails(client.get(MEMBERS, {"q": "M3@example"})) == ["m3"]
    assert emails(client.get(MEMBERS, {"q": str(number)})) == ["m3"]
    nobody = client.get(MEMBERS, {"q": "nobody"})
    assert emails(nobody) == []
    assert "There is no such member." in nobody.content.decode()


def test_a_filter_that_makes_no_sense_finds_nothing_and_says_so(crowd):
    page = signed_in(crowd).get(MEMBERS, {"q": "a\x00b", "tier": "999"})
    assert page.status_code == 200
    assert emails(page) == []
    assert "Null characters are not allowed." in page.content.decode()


def read(response):
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_csv_has_every_row_the_filters_find(crowd, monkeypatch):
    monkeypatch.setattr(lists, "BATCH", 3)
    client = signed_in(crowd)
    answer = client.get(f"{MEMBERS}csv/")
    assert answer["Content-Disposition"] == 'attachment; filename="loyalty-members.csv"'
    heading, *rows = read(answer)
    assert heading[1] == "E-mail address"
    assert [row[1] for row in rows] == [f"m{number}@example.com" for number in range(6, -1, -1)]
    assert len(read(client.get(f"{MEMBERS}csv/", {"q": "m3@"}))) == 2
    assert len(read(client.get(f"{MEMBERS}csv/", {"tier": "999"}))) == 1


def test_a_member_cannot_put_a_formula_into_the_csv(programme):
    alice = world.customer("alice")
    alice.first_name = '=cmd|" /C calc"!A0'
    alice.save()
    client = signed_in(owner())
    _heading, row = read(client.get(f"{MEMBERS}csv/", {"q": "alice@example.com"}))
    assert row[0].startswith("'=cmd")


def test_a_list_costs_the_same_however_long(crowd, queries):
    client = signed_in(crowd)
    client.get(MEMBERS)
    seven = queries(lambda: client.get(MEMBERS))
    seven_as_csv = queries(lambda: read(client.get(f"{MEMBERS}csv/")))
    for number in range(20, 40):
        world.customer(f"m{number}")
    many = queries(lambda: client.get(MEMBERS))
    many_as_csv = queries(lambda: read(client.get(f"{MEMBERS}csv/")))
    assert (len(many), len(many_as_csv)) == (len(seven), len(seven_as_csv))
