"""What staff change is written down, in the admin and in the dashboard: who, before and after."""

import csv
import json

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from oscar_loyalty.dashboard import differences
from oscar_loyalty.flows import member_erased, member_exported
from oscar_loyalty.models import Account, Message, Occasion, StaffAct, Tier
from oscar_loyalty.program.oversight import services as oversight
from tests import world
from tests.functional.desk import Desk, owner, signed_in, staff

pytestmark = pytest.mark.django_db

URL = "/dashboard/loyalty/changes/"


@pytest.fixture
def carol(programme):
    carol = staff(
        "carol", "view_account", "adjust_points", "change_programme", "export_members",
        "retry_message", "block_members", "erase_members",
    )  # fmt: skip
    carol.first_name, carol.last_name = "Carol", "Clark"
    carol.save()
    return carol


@pytest.fixture
def admin_desk(django_app):
    return Desk(django_app, owner())


def adjusted(client, account, points, door="dashboard/loyalty/members/{}/adjust/"):
    sent = {"points": points, "reason": "goodwill", "note": "Alice called"}
    page = f"/{door.format(account.pk)}"
    form = client.get(page).context["form"]
    return client.post(page, {**sent, "source": form["source"].value()})


@pytest.mark.parametrize(
    "door",
    ["dashboard/loyalty/members/{}/adjust/", "admin/oscar_loyalty/account/{}/adjust/"],
)
def test_an_act_on_a_member_at_either_door(carol, programme, door):
    alice = world.member("alice")
    adjusted(signed_in(carol), alice, 150, door)
    (act,) = StaffAct.objects.all()
    assert (act.actor, act.actor_name) == (f"user:{carol.pk}", "Carol Clark")
    assert (act.subject, act.subject_id, act.subject_name) == ("account", str(alice.pk), "")
    assert act.changed == [("balance", 0, 150)]
    assert "alice" not in f"{act.words} {act.before} {act.after}".lower()


def test_what_is_refused_or_done_before_is_not_written_down(carol):
    alice = world.member("alice")
    client = signed_in(carol)
    assert adjusted(client, alice, -1).status_code == 200
    page = f"/dashboard/loyalty/members/{alice.pk}/adjust/"
    source = client.get(page).context["form"]["source"].value()
    for _turn in range(2):
        client.post(page, {"points": 5, "reason": "other", "note": "Once", "source": source})
    assert [act.changed for act in StaffAct.objects.all()] == [[("balance", 0, 5)]]


def test_a_row_in_the_dashboard(carol):
    client, url = signed_in(carol), "/dashboard/loyalty/messages/limits/"
    hours = {"quiet_from": "21:00:00", "quiet_until": "08:00:00"}
    for weekly in (2, 5, 5):
        assert client.post(url, {"weekly": weekly, **hours}).status_code == 302
    assert client.post(url, {"weekly": "x", **hours}).status_code == 200
    added, changed = StaffAct.objects.order_by("pk")
    assert (added.words, added.subject, added.before) == ("Added.", "messagelimits", {})
    assert (added.after["weekly"], added.after["quiet_from"]) == (2, "21:00:00")
    assert (changed.words, changed.changed) == ("Changed.", [("weekly", 2, 5)])
    assert changed.subject_id == added.subject_id


def test_a_row_in_the_admin_with_what_belongs_to_it(ladder, admin_desk):
    gold = Tier.objects.get(rank=2)
    url = f"/admin/oscar_loyalty/tier/{gold.pk}/change/"
    admin_desk.save(url, **{"benefits-0-value": "4"})
    admin_desk.save(url, threshold="444")
    admin_desk.save(url)
    with_benefit, act = StaffAct.objects.order_by("pk")
    benefit = gold.benefits.get()
    ((name, old, new),) = with_benefit.changed[1:]
    assert name == f"tierbenefit {benefit.pk}"
    assert (old["value"], new["value"]) == ("2.00", "4.00")
    assert (act.words, act.subject, act.subject_name) == ("Changed.", "tier", "Gold")
    assert act.changed == [("threshold", "300.00", "444.00")]


def test_what_is_deleted_leaves_what_it_was(programme, admin_desk):
    occasion = Occasion.objects.create(name="Nowruz", what="nowruz")
    url = f"/admin/oscar_loyalty/occasion/{occasion.pk}/delete/"
    form = admin_desk.read(url)
    fields = {"csrfmiddlewaretoken": form.html.find(attrs={"name": "csrfmiddlewaretoken"})["value"]}
    admin_desk.app.post(url, {"post": "yes", **fields}, user=admin_desk.user)
    assert not Occasion.objects.exists()
    (act,) = StaffAct.objects.all()
    assert (act.words, act.subject_id, act.after) == ("Deleted.", str(occasion.pk), {})
    assert act.before["what"] == "nowruz"


def test_a_message_sent_again(carol):
    alice = world.member("alice")
    message = Message.objects.create(
        account=alice, kind="thank-you", key="thank-you:1", marketing=False, state="failed",
        planned_at=timezone.now(), due_at=timezone.now(), settled_at=timezone.now(),
    )  # fmt: skip
    signed_in(carol).post(f"/dashboard/loyalty/messages/{message.pk}/retry/")
    (act,) = StaffAct.objects.all()
    assert (act.subject, act.subject_id) == ("message", str(message.pk))


def test_the_list_its_filters_and_its_csv(carol):
    alice = world.member("alice")
    client = signed_in(carol)
    adjusted(client, alice, 150)
    today = timezone.localdate().isoformat()
    for chosen, count in (
        ({}, 1),
        ({"who": "clark", "about": "account", "since": today, "until": today}, 1),
        ({"who": "dora"}, 0),
        ({"until": "2020-01-01"}, 0),
        ({"about": "nonsense"}, 0),
        ({"since": "0001-01-01"}, 0),
    ):
        page = client.get(URL, chosen)
        assert (page.status_code, len(page.context["table"].rows)) == (200, count)
    page = client.get(URL).text
    assert "Carol Clark" in page
    assert 'Balance: <bdi>0</bdi> <span class="loyalty-arrow">→</span> <bdi>150</bdi>' in page
    text = b"".join(client.get(f"{URL}csv/").streaming_content).decode("utf-8-sig")
    (heading, line) = csv.reader(text.splitlines())
    assert heading == ["Date", "By", "What was done", "About", "Before and after"]
    assert (line[1], line[3], line[4]) == ("Carol Clark", f"Member {alice.pk}", "Balance: 0 → 150")


def test_values_are_told_as_their_reader_writes_them(carol):
    """Names in the reader's language, choices and moments in words, long texts cut short."""
    names = [json.dumps({"en": english, "ar": arabic})
             for english, arabic in (("Silver", "فضي"), ("Gold", "ذهبي"))]  # fmt: skip
    benefits = ({"id": 3, "kind": "multiplier"}, {"id": 3, "kind": "free-shipping"})
    for subject, name, old, new in (
        ("tier", "name", *names),
        ("tier", "kept_for_ever", False, True),
        ("tier", "tierbenefit 3", *benefits),
        ("tier", "tierbenefit 4", None, {"kind": "percentage"}),
        ("programme", "starts_at", None, "2026-01-01T12:00:00Z"),
        ("ruleversion", "weekdays", [], [5, 6]),
        ("apology", "left_out", {}, {"guest": 2}),
        ("account", "coupons", 0, 1),
        ("communicationeventtype", "email_body_template", "", "x" * 1000),
    ):
        values = {"before": {name: old}, "after": {name: new}}
        act = StaffAct(actor="user:1", subject=subject, subject_id="1", **values)
        oversight.write_down(act, at=world.NEW_YEAR)
    client = signed_in(carol)
    page = client.get(URL)
    assert page.status_code == 200
    told = [differences.of(act) for act in StaffAct.objects.order_by("pk")]
    assert [" ".join(one) for act in told for one in act] == [
        "Name Silver Gold",
        "Kept for ever No Yes",
        "Tier benefit 3, Kind Points are multiplied by Free shipping",
        "Tier benefit 4, Kind – Percentage off the products of a range",
        "Start – Jan. 1, 2026, noon",
        "Weekdays – 5, 6",
        "Left out – guest: 2",
        "Coupons 0 1",
        f"email_body_template – {'x' * 199}…",
    ]
    client.cookies["django_language"] = "ar"
    assert "<bdi>فضي</bdi>" in client.get(URL).text


def test_nothing_is_changed_or_taken_out(carol):
    adjusted(signed_in(carol), world.member("alice"), 5)
    act = StaffAct.objects.get()
    for breach in (act.save, act.delete, StaffAct.objects.all().delete):
        with pytest.raises(TypeError):
            breach()
    if connection.vendor == "postgresql":
        for statement in ("UPDATE {} SET words = ''", "DELETE FROM {}"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement.format("oscar_loyalty_staffact"))
    assert StaffAct.objects.get().words == act.words


def test_a_clerk_who_is_erased_is_nameless_and_a_member_can_read_what_was_done(carol):
    alice = world.member("alice")
    adjusted(signed_in(carol), alice, 5)
    (said,) = member_exported.run(alice.pk)["staff_acts"]
    assert said["after"]["balance"] == 5
    assert "actor_name" not in said
    member_erased.run(Account.objects.get(user=carol).pk, at=timezone.now())
    act = StaffAct.objects.get()
    assert (act.actor, act.actor_name) == (f"user:{carol.pk}", "")
    assert "Carol" not in sentences_of(signed_in(owner()).get(URL))


def sentences_of(page):
    return page.text.partition("<table")[2]
