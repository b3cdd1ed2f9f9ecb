"""Members bring balances from another system, by the dashboard and by the command."""

import zlib
from base64 import b64encode
from datetime import datetime, timezone
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oscar_loyalty.flows import books_audited
from oscar_loyalty.models import Account, Entry, Lot, Programme
from tests import world
from tests.functional.desk import books, signed_in, staff

pytestmark = pytest.mark.django_db

URL = "/dashboard/loyalty/members/balances/"
FILE = """member,points,expires,note
ALICE@example.com,1500,2099-12-31,Card 17
bob,20,,
"""


@pytest.fixture
def carol(programme):
    return staff("carol", "view_account", "adjust_points", "change_programme")


@pytest.fixture
def desk(carol):
    return signed_in(carol)


@pytest.fixture
def pair(programme):
    return [world.member("alice"), world.member("bob")]


def tried(desk, text):
    content = text if isinstance(text, bytes) else text.encode()
    return desk.post(URL, {"file": SimpleUploadedFile("old.csv", content)})


def confirmed(desk, page):
    return desk.post(URL, {"packed": page.context["packed"]})


def balances(*accounts):
    return [Account.objects.get(pk=one.pk).balance for one in accounts]


def faults(page):
    return [tuple(fault) for fault in page.context["summary"].faults]


def test_a_file_is_tried_and_brought_once(desk, carol, pair):
    before = books()
    page = tried(desk, FILE)
    assert "1520 points for 2 members." in page.text
    assert books() == before
    answer = confirmed(desk, page)
    assert (answer.status_code, answer.url) == (302, URL)
    assert "1520 points for 2 members." in desk.get(URL).text
    assert balances(*pair) == [1500, 20]
    entry = Entry.objects.get(account=pair[0])
    assert (entry.kind, entry.reason, entry.note) == ("adj", "brought", "Card 17")
    assert entry.actor == f"user:{carol.pk}"
    ends = [lot.expires_at for lot in Lot.objects.order_by("points")]
    assert ends == [None, datetime(2100, 1, 1, tzinfo=timezone.utc)]
    assert books_audited.run(at=world.JUNE).violations == []
    after = books()
    confirmed(desk, page)
    again = tried(desk, FILE)
    assert "2 members had brought their balance before: nothing changes for them." in again.text
    assert again.context["packed"] == ""
    assert books() == after
    assert (
        "Balance brought from another system"
        in signed_in(pair[0].user).get("/accounts/loyalty/").text
    )


def test_one_wrong_line_and_nothing_is_brought(desk, pair):
    world.forget_membership(world.customer("charlie"))
    wrong = "nobody,5,,\ncharlie,5,,\nalice,7,,\ncarol,5,,\nbob,0,,\n" + "9" * 30 + ",5,,\n"
    before = books()
    page = tried(desk, FILE + wrong)
    assert faults(page) == [
        (4, "There is no customer nobody."),
        (5, "charlie is no member."),
        (6, "alice is the member of line 2 already."),
        (7, "carol is you: ask a colleague to bring your own balance."),
        (8, "0 is no balance: write 1 to 10000000 points."),
        (9, f"There is no customer {'9' * 30}."),
    ]
    assert "alice is the member of line 2 already." in page.text
    assert page.context["packed"] == ""
    packed = b64encode(zlib.compress((FILE + wrong).encode())).decode()
    assert len(faults(desk.post(URL, {"packed": packed}))) == 6
    assert books() == before


def test_another_balance_for_the_same_member_is_refused(desk, pair):
    confirmed(desk, tried(desk, FILE))
    after = books()
    page = tried(desk, f"member,points\n{pair[0].user_id},1501\n")
    name = pair[0].user_id
    assert faults(page) == [(2, f"{name} has brought 1500 points by another file.")]
    assert books() == after


def test_two_customers_of_one_name_are_told_apart_by_their_ids(desk, pair):
    twin = world.member("dora")
    twin.user.email = "alice@example.com"
    twin.user.save()
    page = tried(desk, "member,points\nalice@example.com,5\n")
    assert faults(page) == [
        (2, "Several customers are called alice@example.com; name one by the id.")
    ]
    confirmed(desk, tried(desk, f"member,points\n{twin.user_id},5\n"))
    assert balances(pair[0], twin) == [0, 5]


@pytest.mark.parametrize("packed", ["", "%", "YWJj", "\ufffd"])
def test_what_is_no_file_is_answered(desk, packed):
    page = desk.post(URL, {"packed": packed})
    assert page.status_code == 200
    assert Entry.objects.count() == 0


def test_without_a_programme_it_is_said(desk):
    Programme.objects.all().delete()
    assert "There is no programme yet." in tried(desk, FILE).text


def test_members_are_found_at_once_however_many(desk, pair):
    def queries(text):
        with CaptureQueriesContext(connection) as asked:
            tried(desk, text)
        return len(asked)

    tried(desk, FILE)
    assert queries("member,points\nalice,1\n") == queries(FILE)


class TestCommand:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "old.csv"

    def run(self, path, *options):
        out = StringIO()
        call_command("loyalty_import", str(path), *options, stdout=out, stderr=StringIO())
        return out.getvalue().splitlines()

    def test_brings_and_brings_again(self, path, pair):
        path.write_text(FILE)
        dry = ["Dry run: nothing was changed.", "Members: 2", "Points: 1520", "Brought before: 0"]
        assert self.run(path, "--dry-run") == dry
        assert balances(*pair) == [0, 0]
        assert self.run(path) == dry[1:]
        assert balances(*pair) == [1500, 20]
        assert self.run(path) == ["Members: 0", "Points: 0", "Brought before: 2"]
        assert balances(*pair) == [1500, 20]
        assert set(Entry.objects.values_list("actor", flat=True)) == {"command:loyalty_import"}

    def test_names_every_fault(self, path, pair):
        path.write_text(FILE + "nobody,5,,\nbob,x,,\n")
        out = StringIO()
        with pytest.raises(CommandError, match=r"^Nothing was brought; faults: 2\.$"):
            call_command("loyalty_import", str(path), stdout=out, stderr=StringIO())
        assert out.getvalue().splitlines() == [
            "Line 4: There is no customer nobody.",
            "Line 5: x is no whole number of points such as 150.",
        ]
        assert balances(*pair) == [0, 0]

    def test_a_file_that_is_not_there(self, path, programme):
        with pytest.raises(CommandError, match="No such file"):
            self.run(path)
