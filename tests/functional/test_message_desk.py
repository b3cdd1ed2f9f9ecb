"""Staff switch messages on, write their texts, and look after those that did not leave."""

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from oscar.core.loading import get_model

from oscar_loyalty import conf
from oscar_loyalty.flows import messages_delivered, messages_set_up
from oscar_loyalty.models import Message, MessageKind, MessageLimits, Programme
from oscar_loyalty.program.messages.policy import KINDS
from tests import world
from tests.functional.desk import Desk, owner, signed_in, staff
from tests.functional.reading import words

pytestmark = pytest.mark.django_db

THANKS = "/dashboard/comms/LOYALTY_THANK_YOU_EN/"
#: What staff may not fill in, whatever they may do elsewhere.
GREEDY = [
    "{{ user.password }}",
    "{{ first_name.__class__ }}",
    '{{ first_name|ljust:"200000000" }}',
    '{% include "admin/base.html" %}',
    "{% load i18n %}",
    "{% if tier %}x",
]


@pytest.fixture
def desk(django_app, programme):
    messages_set_up.run()
    return Desk(django_app, owner())


def types():
    return get_model("communication", "CommunicationEventType").objects.filter(
        code__startswith="LOYALTY_"
    )


def page_of(kind):
    pk = MessageKind.objects.get(code=kind).pk
    return reverse("admin:oscar_loyalty_messagekind_change", args=[pk])


class TestSwitchingOn:
    def test_every_kind_is_there_and_off(self, desk):
        page = desk.read(reverse("admin:oscar_loyalty_messagekind_changelist"))
        assert len(page.html.select("#result_list tbody tr")) == len(KINDS)
        assert not MessageKind.objects.filter(active=True).exists()
        assert MessageKind.objects.get(code="check-in").days == 7

    def test_a_tick_sends_from_the_next_order_on(self, desk, bob):
        form = desk.read(page_of("thank-you")).forms["messagekind_form"]
        form["active"] = True
        form.submit().follow()
        world.place(bob, "25.00")
        messages_delivered.run(at=timezone.now())
        assert [sent.to for sent in mail.outbox] == [["bob@example.com"]]

    @pytest.mark.parametrize("days", ["366", "-1", "x", "1.5", ""])
    def test_days_that_make_no_sense_are_refused(self, desk, days):
        form = desk.read(page_of("check-in")).forms["messagekind_form"]
        form["days"] = days
        page = form.submit()
        assert page.html.select(".errorlist")
        assert MessageKind.objects.get(code="check-in").days == 7

    def test_its_channels_are_those_of_the_shop(self, desk, bob):
        form = desk.read(page_of("thank-you")).forms["messagekind_form"]
        boxes = form.fields["channels"]
        assert [(box._value, box.checked) for box in boxes] == [("email", True), ("site", False)]
        boxes[0].checked, boxes[1].checked, form["active"] = False, True, True
        form.submit().follow()
        assert MessageKind.objects.get(code="thank-you").channels == ["site"]
        world.place(bob, "25.00")
        messages_delivered.run(at=timezone.now())
        assert (mail.outbox, bob.notifications.count()) == ([], 1)
        listed = desk.read(reverse("admin:oscar_loyalty_message_changelist"))
        assert "Notification in the account" in words(listed.html.select_one("#result_list"))

    def test_one_channel_at_least_and_none_that_is_not_there(self, desk):
        url = page_of("thank-you")
        for chosen in ([], ["pigeon"], ["email", "pigeon"]):
            page = desk.save(url, channels=chosen)
            assert page.html.select(".errorlist")
        assert MessageKind.objects.get(code="thank-you").channels == ["email"]

    def test_a_channel_that_is_broken_breaks_no_page(self, desk, settings):
        settings.OSCAR_LOYALTY_CHANNELS = {**conf.CHANNELS.default, "sms": "no.such.Sms"}
        page = desk.read(page_of("thank-you"))
        assert "sms" in words(page.html.select_one(".field-channels"))

    def test_what_is_about_security_has_no_choice(self, desk):
        assert not desk.read(page_of("sign-in-changed")).html.select(".field-channels")

    def test_its_texts_are_a_click_away(self, desk):
        links = [link["href"] for link in desk.read(page_of("thank-you")).html.select("a")]
        assert THANKS in links
        assert [desk.read(link).status_int for link in links if "LOYALTY_THANK" in link] == [
            200
        ] * 5

    def test_limits_are_one_row(self, desk):
        listed = reverse("admin:oscar_loyalty_messagelimits_changelist")
        form = desk.read(listed).follow().forms["messagelimits_form"]
        form["weekly"] = 1
        form.submit().follow()
        assert MessageLimits.objects.get().weekly == 1
        form = desk.read(listed).follow().forms["messagelimits_form"]
        form["weekly"] = 51
        assert form.submit().html.select(".errorlist")
        assert MessageLimits.objects.get().weekly == 1


class TestTexts:
    def test_they_start_from_ours_in_each_language(self, desk):
        assert types().count() == len(KINDS) * 5
        arabic = types().get(code="LOYALTY_THANK_YOU_AR")
        english = types().get(code="LOYALTY_THANK_YOU_EN")
        assert english.email_subject_template == "Thank you for your order at {{ shop_name }}"
        assert "{{ order_number }}" in arabic.email_body_template
        assert arabic.email_body_template != english.email_body_template

    def test_what_staff_wrote_is_not_written_over(self, desk):
        types().update(email_subject_template="Ours")
        messages_set_up.run()
        assert set(types().values_list("email_subject_template", flat=True)) == {"Ours"}

    def test_a_text_is_saved_and_sent(self, desk, bob):
        MessageKind.objects.update(active=True)
        form = desk.read(THANKS).forms["loyalty-text"]
        form["email_subject_template"] = "{{ first_name }}, you are a star"
        form["email_body_template"] = "Thanks for {{ order_number }}."
        form["email_body_html_template"] = ""
        page = form.submit().follow()
        assert "The text is saved." in words(page.html.body)
        bob.first_name = "Bob"
        bob.save()
        world.place(bob, "25.00", number="7")
        messages_delivered.run(at=timezone.now())
        (sent,) = mail.outbox
        assert sent.subject == "Bob, you are a star"
        assert sent.body.startswith("Thanks for 7.\n")
        assert "<p>Thanks for 7.</p>" in sent.alternatives[0][0]

    @pytest.mark.parametrize("greedy", GREEDY)
    @pytest.mark.parametrize("part", ["subject", "body", "body_html"])
    def test_what_could_reach_anything_is_not_saved(self, desk, part, greedy):
        form = desk.read(THANKS).forms["loyalty-text"]
        form[f"email_{part}_template"] = greedy
        before = list(types().order_by("pk").values())
        for button in (None, "preview", "send"):
            page = form.submit(button)
            assert page.status_int == 200
            assert page.html.select(".error-block, .invalid-feedback, .errorlist")
        assert list(types().order_by("pk").values()) == before
        assert mail.outbox == []

    def test_a_look_shows_it_as_a_member_would_get_it(self, desk, bob):
        world.place(bob, "25.00", number="7")
        form = desk.read(THANKS).forms["loyalty-text"]
        form["member"] = "bob@example.com"
        page = form.submit("preview")
        assert "It earned you 25 points." in page.html.select_one("pre").get_text()
        shown = page.html.select_one("iframe")["srcdoc"]
        assert shown.startswith("<!DOCTYPE html>")
        assert shown.rstrip().endswith("</html>")
        assert mail.outbox == []

    def test_a_test_goes_to_who_asks_and_to_nobody_else(self, desk, bob):
        form = desk.read(THANKS).forms["loyalty-text"]
        form["member"] = "bob@example.com"
        page = form.submit("send")
        assert "It was sent to owner@example.com." in words(page.html.body)
        assert [sent.to for sent in mail.outbox] == [["owner@example.com"]]

    @pytest.mark.parametrize("member", ["nobody@example.com", "x" * 200, "' OR 1=1", "\x00"])
    def test_a_member_who_is_not_there_is_a_sentence(self, desk, member):
        form = desk.read(THANKS).forms["loyalty-text"]
        form["member"] = member
        page = form.submit("preview")
        assert page.status_int == 200
        assert page.html.select(".error-block, .invalid-feedback, .errorlist")

    def test_while_the_programme_is_off_a_text_can_be_looked_at(self, desk, bob):
        Programme.objects.update(active=False)
        form = desk.read(THANKS).forms["loyalty-text"]
        form["member"] = "bob@example.com"
        page = form.submit("preview")
        assert "Thank you for your order" in page.html.select_one("pre").get_text()

    def test_a_subject_that_stays_empty_is_a_sentence(self, desk, bob):
        form = desk.read(THANKS).forms["loyalty-text"]
        form["email_subject_template"] = "{{ tier }}"
        form["member"] = "bob@example.com"
        page = form.submit("preview")
        assert "The subject is empty for this member." in words(page.html.body)

    def test_who_may_not_look_at_members_sees_a_letter_to_themselves(self, desk, bob):
        editor = staff("frank")
        editor.user_permissions.set(
            Permission.objects.filter(codename__endswith="_communicationeventtype")
        )
        page = desk.app.get(THANKS, user=editor)
        form = page.forms["loyalty-text"]
        assert "member" not in form.fields
        token = form["csrfmiddlewaretoken"].value
        fields = {name: form[name].value for name in form.fields if name and "email_" in name}
        told = {**fields, "csrfmiddlewaretoken": token, "member": "bob@example.com", "send": "1"}
        desk.app.post(THANKS, told, user=editor)
        (sent,) = mail.outbox
        assert sent.to == ["frank@example.com"]
        assert "bob" not in sent.body

    def test_only_who_may_edit_texts_may(self, desk):
        for user in (world.customer("eve"), staff("frank")):
            assert signed_in(user).get(THANKS).status_code in (302, 403)
        assert desk.app.get(THANKS, user=None, expect_errors=True).status_int == 302

    def test_a_text_of_nobody_is_no_page(self, desk):
        for code in ("LOYALTY_", "LOYALTY_NOTHING", "LOYALTY_THANK_YOU_XX"):
            answer = desk.app.get(f"/dashboard/comms/{code}/", user=desk.user, expect_errors=True)
            assert answer.status_int == 404


class TestLookingAfter:
    @pytest.fixture
    def failed(self, desk, bob):
        MessageKind.objects.update(active=True)
        world.place(bob, "25.00", number="7")
        Message.objects.filter(key="thank-you:7").update(
            state="failed", attempts=8, settled_at=timezone.now(), outcome="TimeoutError"
        )
        return Message.objects.get(key="thank-you:7")

    def test_what_was_given_up_is_sent_by_a_button(self, desk, failed):
        url = reverse("admin:oscar_loyalty_message_change", args=[failed.pk])
        page = desk.read(url)
        assert "TimeoutError" in words(page.html.select_one("#content"))
        form = page.forms["message_form"]
        retry = reverse("admin:oscar_loyalty_message_retry", args=[failed.pk])
        assert page.html.select_one(f"button[formaction='{retry}']")
        token = form["csrfmiddlewaretoken"].value
        for said in ("will be sent again", "Only a message that was given up"):
            answer = desk.app.post(retry, {"csrfmiddlewaretoken": token}, user=desk.user).follow()
            assert said in words(answer.html.select_one(".messagelist"))
        messages_delivered.run(at=timezone.now())
        assert [sent.to for sent in mail.outbox] == [["bob@example.com"]]

    def test_a_link_sends_nothing(self, desk, failed):
        desk.read(reverse("admin:oscar_loyalty_message_retry", args=[failed.pk]))
        failed.refresh_from_db()
        assert failed.state == "failed"

    def test_staff_who_only_look_cannot(self, desk, failed):
        client = signed_in(staff("frank", "view_message"))
        retry = reverse("admin:oscar_loyalty_message_retry", args=[failed.pk])
        assert client.post(retry).status_code == 403
        page = client.get(reverse("admin:oscar_loyalty_message_change", args=[failed.pk]))
        assert retry not in page.content.decode()
        failed.refresh_from_db()
        assert failed.state == "failed"
