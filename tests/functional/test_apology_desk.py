"""Staff write an apology, look whom it concerns, take single members off, and send it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from oscar_loyalty.flows import apology_released, messages_delivered, messages_set_up
from oscar_loyalty.models import (
    Account,
    Apology,
    ApologyRecipient,
    Coupon,
    Entry,
    Message,
    MessageKind,
)
from oscar_loyalty.staff import apology_pages
from tests import world
from tests.apologising import IN_MARCH, customers, draft, listed
from tests.functional.desk import Desk, owner, sentences, signed_in, staff
from tests.functional.odd_strings import CORPUS
from tests.functional.reading import listed as listed_in
from tests.mailing import switch_on
from tests.sampling import some

pytestmark = pytest.mark.django_db

ADD = reverse("admin:oscar_loyalty_apology_add")
DRAFT = {
    "title": "Broken cups",
    "what_happened": "The cups broke.",
    "placed_from": "2026-03-01",
    "placed_until": "2026-03-31",
    "gives": "points",
    "value": "50",
    "minimum": "0",
    "valid_days": "30",
}


@pytest.fixture
def people(programme):
    messages_set_up.run()
    switch_on("apology")
    return customers()


@pytest.fixture
def desk(django_app, people):
    return Desk(django_app, owner())


def url(page, apology):
    return reverse(f"admin:oscar_loyalty_apology_{page}", args=[apology.pk])


def written(desk, button="_see", **fields):
    """The page after the form for a new apology was sent."""
    form = desk.read(ADD).forms["apology_form"]
    for name, value in {**DRAFT, **fields}.items():
        form[name] = value
    return form.submit(button)


def given():
    return Message.objects.count(), Entry.objects.filter(kind="bonus").count()


class TestFromDraftToLetter:
    def test_the_whole_way(self, desk):
        page = written(desk).follow()
        said = sentences(page)
        assert "The draft is saved. Nothing is sent yet." in said
        assert "2 members are affected and can be reached. 2 of them are chosen." in said
        assert "1 order of a guest: there is no member to write to." in said
        assert "1 customer is no member." in said
        assert [row.select("bdi")[1].text for row in page.html.select("tbody tr")] == [
            "bob",
            "dora",
        ]
        form = page.forms["loyalty-list"]
        form.fields["chosen"][1].checked = False
        page = form.submit("then", value="send").follow()
        assert "1 member gets the letter and 50 points." in sentences(page)
        assert "It costs £0.50 at most: if everybody uses all of it." in sentences(page)
        assert given() == (0, 0)
        page = page.forms["loyalty-send"].submit().follow()
        assert "The apology is on its way." in sentences(page)
        assert "1 is told." in sentences(page)
        assert given() == (1, 1)
        messages_delivered.run(at=timezone.now())
        assert [sent.to for sent in mail.outbox] == [["bob@example.com"]]

    def test_a_coupon_says_what_it_is_and_costs(self, desk):
        written(desk, gives="amount", value="5", minimum="20", valid_days="10")
        page = desk.read(url("send", Apology.objects.get()))
        assert listed_in(page, ".loyalty-remark p") == [
            "2 members get the letter and a coupon each: £5 off your order "
            "(From £20 spent, before discounts).",
            "The coupon is good for 10 days.",
            "It costs £10 at most: if everybody uses all of it.",
        ]

    @pytest.mark.parametrize(
        ("gives", "value", "sentence"),
        [
            ("percentage", "10", "What it costs depends on what they order."),
            ("free-shipping", "0", "What it costs depends on what they order."),
            ("nothing", "0", "2 members get the letter."),
        ],
    )
    def test_what_cannot_be_known_is_not_told(self, desk, gives, value, sentence):
        written(desk, gives=gives, value=value)
        said = sentences(desk.read(url("send", Apology.objects.get())))
        assert sentence in said
        assert "at most" not in said

    def test_by_upc_or_number_of_the_product(self, desk, people):
        parent, cup = world.product(upc="4711"), world.product(upc="CUP-1")
        world.place(people["eve"], products=[cup], at=IN_MARCH)
        for text, product in (("CUP-1", cup), ("4711", parent), (str(cup.pk), cup)):
            written(desk, product=text)
            assert Apology.objects.latest("pk").product == product

    def test_by_status_and_partner(self, desk, people):
        cup = world.product()
        world.place(people["eve"], products=[cup], at=IN_MARCH, status="Cancelled")
        partner = cup.stockrecords.get().partner
        form = desk.read(ADD).forms["apology_form"]
        for name, value in {**DRAFT, "partner": partner.pk}.items():
            form[name] = value
        boxes = {box._value: box for box in form.fields["statuses"]}
        boxes["Cancelled"].checked = True
        page = form.submit("_see").follow()
        (row,) = page.html.select("tbody tr")
        assert "eve@example.com" in row.text
        apology = Apology.objects.get()
        assert (apology.statuses, apology.partner) == ("Cancelled", partner)
        form = desk.read(url("change", apology)).forms["apology_form"]
        assert [box._value for box in form.fields["statuses"] if box.checked] == ["Cancelled"]

    def test_saved_alone_no_list_is_made(self, desk):
        written(desk, "_save").follow()
        apology = Apology.objects.get()
        assert apology.listed_at is None
        page = desk.read(url("list", apology))
        assert "The list is not made yet." in sentences(page)
        page.forms["loyalty-list"].submit("find").follow()
        assert ApologyRecipient.objects.count() == 2

    def test_other_words_leave_the_list_and_other_orders_drop_it(self, desk):
        written(desk)
        apology = Apology.objects.get()
        row = ApologyRecipient.objects.first()
        ApologyRecipient.objects.filter(pk=row.pk).update(chosen=False)
        form = desk.read(url("change", apology)).forms["apology_form"]
        form["what_happened"] = "All cups broke.\r\nAll."
        form.submit("_see").follow()
        apology.refresh_from_db()
        assert apology.what_happened == "All cups broke.\nAll."
        assert not ApologyRecipient.objects.get(pk=row.pk).chosen
        form = desk.read(url("change", apology)).forms["apology_form"]
        form["placed_until"] = "2026-04-30"
        form.submit("_save").follow()
        apology.refresh_from_db()
        assert (apology.listed_at, ApologyRecipient.objects.count()) == (None, 0)
        form = desk.read(url("change", apology)).forms["apology_form"]
        form.submit("_see").follow()
        assert ApologyRecipient.objects.count() == 3


class TestTheList:
    def test_page_by_page_with_what_was_chosen(self, desk, monkeypatch):
        monkeypatch.setattr(apology_pages, "PER_PAGE", 1)
        apology = draft()
        listed(apology)
        page = desk.read(url("list", apology))
        form = page.forms["loyalty-list"]
        form.fields["chosen"][0].checked = False
        page = form.submit("then", value="2").follow()
        assert "Page 2 of 2" in sentences(page)
        chosen = ApologyRecipient.objects.order_by("pk").values_list("chosen", flat=True)
        assert list(chosen) == [False, True]
        page = page.forms["loyalty-list"].submit("then", value="1").follow()
        assert not page.forms["loyalty-list"].fields["chosen"][0].checked
        assert list(chosen.all()) == [False, True]

    def test_a_link_makes_no_list(self, desk):
        apology = draft()
        for query in ("", "?find=1", "?p=2&chosen=1"):
            desk.read(url("list", apology) + query)
        apology.refresh_from_db()
        assert (apology.listed_at, apology.revision) == (None, 0)

    def test_of_a_member_who_is_gone_it_tells_no_name(self, desk, people):
        apology = draft()
        listed(apology)
        people["bob"].delete()
        assert "Former customer" in sentences(desk.read(url("list", apology)))


class TestSending:
    @pytest.fixture
    def apology(self, desk):
        made = draft()
        listed(made)
        return made

    def test_a_link_sends_nothing(self, desk, apology):
        desk.read(url("send", apology) + f"?revision={apology.revision}")
        assert given() == (0, 0)

    def test_two_clicks_send_once(self, desk, apology):
        form = desk.read(url("send", apology)).forms["loyalty-send"]
        assert "on its way" in sentences(form.submit().follow())
        assert "sent already; nothing was sent again" in sentences(form.submit().follow())
        assert given() == (2, 2)

    def test_what_changed_since_it_was_seen_is_not_sent(self, desk, apology):
        sending = desk.read(url("send", apology)).forms["loyalty-send"]
        changing = desk.read(url("change", apology)).forms["apology_form"]
        changing["value"] = "5000"
        changing.submit("_save").follow()
        page = sending.submit().follow()
        assert "It was changed meanwhile: look at the list once more." in sentences(page)
        assert given() == (0, 0)
        assert "5000 points each" in sentences(page)

    def test_a_form_that_was_open_changes_nothing_that_is_sent(self, desk, apology):
        changing = desk.read(url("change", apology)).forms["apology_form"]
        taking_off = desk.read(url("list", apology)).forms["loyalty-list"]
        desk.read(url("send", apology)).forms["loyalty-send"].submit()
        changing["value"] = "5000"
        assert changing.submit("_save", expect_errors=True).status_int == 403
        taking_off.fields["chosen"][0].checked = False
        assert "nothing about it can change" in sentences(taking_off.submit().follow())
        apology.refresh_from_db()
        assert (apology.value, apology.released_at is None) == (50, False)
        assert ApologyRecipient.objects.filter(chosen=True, outcome="told").count() == 2

    def test_what_is_sent_is_only_looked_at(self, desk, apology):
        desk.read(url("send", apology)).forms["loyalty-send"].submit()
        page = desk.read(url("change", apology))
        assert "nothing about it can change" in sentences(page)
        assert not page.html.select("input[name=_save], input[name=_see], textarea")
        answer = desk.app.get(url("delete", apology), user=desk.user, expect_errors=True)
        assert answer.status_int == 403
        assert not desk.read(url("list", apology)).html.select("input[name=chosen]")

    def test_while_it_is_switched_off_there_is_no_button(self, desk, apology):
        MessageKind.objects.update(active=False)
        page = desk.read(url("send", apology))
        assert "switched off: switch them on first" in sentences(page)
        assert "loyalty-send" not in page.forms

    def test_who_is_affected_themselves_is_told(self, desk, apology, people):
        clerk = people["bob"]
        clerk.is_staff = clerk.is_superuser = True
        clerk.save()
        desk.user = clerk
        page = desk.read(url("send", apology))
        said = sentences(page)
        assert "1 member gets the letter" in said
        assert "You are affected yourself, and get nothing" in said
        page.forms["loyalty-send"].submit()
        assert Account.objects.get(user=clerk).balance == 10
        assert given() == (1, 1)

    def test_a_long_list_says_when(self, desk, apology, monkeypatch):
        monkeypatch.setattr(apology_released, "AT_ONCE", 1)
        page = desk.read(url("send", apology)).forms["loyalty-send"].submit().follow()
        assert "The others are told when the due jobs run next." in sentences(page)
        assert given() == (0, 0)

    def test_a_draft_is_deleted_with_its_list(self, desk, apology):
        desk.read(url("delete", apology)).forms[1].submit()
        assert (Apology.objects.count(), ApologyRecipient.objects.count()) == (0, 0)


class TestPermissions:
    @pytest.fixture
    def apology(self, people):
        made = draft()
        listed(made)
        return made

    def test_who_writes_does_not_send(self, apology):
        client = signed_in(staff("frank", "view_apology", "change_apology", "add_apology"))
        fields = {"revision": apology.revision}
        assert client.post(url("send", apology), fields).status_code == 403
        assert url("send", apology) not in client.get(url("list", apology)).content.decode()
        assert given() == (0, 0)

    def test_who_looks_changes_nothing(self, apology):
        client = signed_in(staff("frank", "view_apology"))
        rows = [row.pk for row in ApologyRecipient.objects.all()]
        for fields in ({"find": "1"}, {"shown": rows}):
            assert client.post(url("list", apology), fields).status_code == 403
        assert client.post(url("change", apology), DRAFT).status_code == 403
        page = client.get(url("list", apology)).content.decode()
        assert "<button" not in page.split('id="loyalty-list"')[1]
        assert ApologyRecipient.objects.filter(chosen=True).count() == 2

    def test_who_sends_need_not_look(self, apology):
        client = signed_in(staff("grace", "send_apology"))
        page = client.get(url("send", apology)).content.decode()
        assert "2 members get the letter" in page
        assert url("list", apology) not in page
        assert client.post(url("send", apology), {"revision": apology.revision}).status_code == 302
        assert given() == (2, 2)

    def test_customers_send_nothing(self, apology, people):
        for user in (people["eve"], staff("eve-two", "send_apology", is_staff=False)):
            answer = signed_in(user).post(url("send", apology), {"revision": apology.revision})
            assert answer.status_code == 302
        assert given() == (0, 0)


@pytest.mark.postgres
@pytest.mark.sampled
class TestOddValues:
    """Whatever is typed or forged: a sentence, and nothing is found, given or sent."""

    ODD = some(CORPUS, one_in=20)

    @pytest.mark.parametrize("name", [*DRAFT, "product", "partner", "statuses", "range"])
    def test_of_the_draft(self, people, name):
        client = signed_in(owner())
        for odd in self.ODD:
            answer = client.post(ADD, {**DRAFT, name: odd, "_save": "1"})
            assert answer.status_code in (200, 302), odd
            for apology in Apology.objects.all():
                apology.full_clean()
            Apology.objects.all().delete()
        assert given() == (0, 0)

    @pytest.mark.parametrize("name", ["revision", "then", "shown", "chosen", "p"])
    def test_of_the_other_forms(self, people, name):
        apology = draft()
        listed(apology)
        client = signed_in(owner())
        for odd in self.ODD:
            for page in ("list", "send"):
                assert client.post(url(page, apology), {name: odd}).status_code == 302, odd
                assert client.get(url(page, apology), {name: odd}).status_code == 200, odd
        assert (*given(), Coupon.objects.count()) == (0, 0, 0)
        assert ApologyRecipient.objects.filter(chosen=True).count() == 2


def test_an_apology_that_is_not_there_has_no_pages(people):
    client = signed_in(owner())
    for page in ("list", "send"):
        for number in (0, 10**6, 10**30):
            answer = client.get(f"/admin/oscar_loyalty/apology/{number}/{page}/")
            assert answer.status_code == 404


def test_a_text_can_be_looked_at_before_there_is_an_apology(desk, people):
    form = desk.read("/dashboard/comms/LOYALTY_APOLOGY_EN/").forms["loyalty-text"]
    form["member"] = "bob@example.com"
    page = form.submit("preview")
    shown = page.html.select_one("pre").get_text()
    assert "Something went wrong with your order bob, and we are sorry." in shown
    assert "To make up for it" not in shown


def test_the_letter_comes_at_night_and_not_after_a_fortnight(desk):
    written(desk)
    apology = Apology.objects.get()
    desk.read(url("send", apology)).forms["loyalty-send"].submit()
    late = timezone.now() + timedelta(days=14, minutes=1)
    messages_delivered.run(at=late)
    assert set(Message.objects.values_list("outcome", flat=True)) == {"too-late"}
