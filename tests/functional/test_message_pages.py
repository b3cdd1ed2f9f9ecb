"""What members choose, and what a link in a message does."""

import re
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.utils import timezone

from oscar_loyalty.flows import (
    accounts_merged,
    messages_delivered,
    preferences_chosen,
    unsubscribed,
)
from oscar_loyalty.models import Account, Consent, MessageKind
from oscar_loyalty.program.messages import queries as messages_queries
from tests import world
from tests.functional.reading import content, words
from tests.mailing import switch_on

pytestmark = pytest.mark.django_db

PREFERENCES = "/accounts/loyalty/messages/"


@pytest.fixture
def thanked(programme, bob):
    """Bob has got a thank-you; where it says he unsubscribes."""
    MessageKind.objects.create(code="thank-you", active=True)
    MessageKind.objects.create(code="check-in", active=True, days=7)
    world.place(bob, "25.00", number="7")
    messages_delivered.run(at=timezone.now())
    (sent,) = mail.outbox
    url = sent.message()["List-Unsubscribe"].strip("<>")
    assert url in sent.body
    return url.removeprefix("https://example.com")


def said():
    return list(Consent.objects.order_by("pk").values_list("about", "wanted", "source"))


class TestUnsubscribing:
    def test_a_look_changes_nothing(self, django_app, thanked):
        page = django_app.get(thanked)
        assert "Do you want no more messages of this kind: Thank-you after an order?" in words(
            content(page)
        )
        assert said() == []

    def test_a_button_does_it_without_a_log_in_or_a_cookie(self, client, thanked):
        page = client.post(thanked)
        assert page.status_code == 200
        assert "You will get no more messages of this kind" in page.content.decode()
        assert said() == [("thank-you", False, "unsubscribed")]
        client.post(thanked)
        assert len(said()) == 1

    def test_a_mail_program_does_it(self, thanked, bob):
        from django.test import Client

        strict = Client(enforce_csrf_checks=True)
        body = {"List-Unsubscribe": "One-Click"}
        assert strict.post(thanked, body).status_code == 200
        world.place(bob, "25.00")
        messages_delivered.run(at=timezone.now())
        assert len(mail.outbox) == 1

    def test_of_one_who_was_merged_it_is_about_the_account_that_goes_on(self, client, thanked, bob):
        eve = world.member("eve")
        accounts_merged.run(
            bob.loyalty_account.pk,
            eve.pk,
            note="One person",
            actor_id=world.customer().pk,
            at=timezone.now(),
        )
        client.post(thanked)
        assert Consent.objects.get().account == eve

    @pytest.mark.parametrize("tail", ["x", "", ":x", ":x:y", "x" * 3000, "%00", "%F0%9F%96%90"])
    def test_another_link_is_refused_in_a_sentence(self, client, thanked, tail):
        for ask in (client.get, client.post):
            page = ask(f"/loyalty/unsubscribe/a{tail}/")
            assert page.status_code == 404
            assert "This link is not valid." in page.content.decode()
        assert said() == []

    @pytest.mark.parametrize(
        "payload",
        [
            "text",
            [],
            ["x"],
            ["x", "thank-you"],
            [1, "thank-you"],
            {"a": 1},
            None,
            ["00000000-0000-0000-0000-000000000000", "thank-you"],
        ],
    )
    def test_what_is_signed_and_makes_no_sense_is_refused_too(self, client, thanked, payload):
        token = signing.dumps(payload, salt=unsubscribed.SALT)
        assert client.post(f"/loyalty/unsubscribe/{token}/").status_code == 404
        assert said() == []

    def test_what_was_signed_for_another_place_is_refused(self, client, thanked, bob):
        public_id = str(Account.objects.get(user=bob).public_id)
        for salt in ("django.core.signing", "oscar_loyalty.other"):
            token = signing.dumps([public_id, "thank-you"], salt=salt)
            assert client.post(f"/loyalty/unsubscribe/{token}/").status_code == 404
        assert said() == []

    def test_forged_links_are_worth_nothing(self, thanked):
        """Any one sign of it written otherwise."""
        token = thanked.split("/")[-2]
        signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_:"
        tried = 0
        for place, sign in enumerate(token):
            for other in signs.replace(sign, ""):
                forged = token[:place] + other + token[place + 1 :]
                tried += 1
                assert unsubscribed.subscription_of(forged) is None, forged
        assert tried > 5_000
        assert unsubscribed.subscription_of(token).about == "thank-you"

    def test_a_secret_that_was_changed_leaves_links_good(self, client, thanked, settings):
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another"
        assert client.post(thanked).status_code == 200
        assert said() == [("thank-you", False, "unsubscribed")]


class TestPreferences:
    def test_guests_sign_in_first(self, client):
        assert client.get(PREFERENCES)["Location"].startswith("/accounts/login/")

    def test_one_box_for_each_kind_that_is_sent(self, django_app, thanked, bob):
        form = django_app.get(PREFERENCES, user=bob).forms["loyalty-messages"]
        assert [(box._value, box.checked) for box in form.fields["wanted"]] == [
            ("thank-you", True),
            ("check-in", True),
        ]

    def test_a_box_without_its_tick_is_a_no(self, django_app, thanked, bob):
        form = django_app.get(PREFERENCES, user=bob).forms["loyalty-messages"]
        form.fields["wanted"][0].checked = False
        page = form.submit().follow()
        assert "Your choice is saved." in words(content(page))
        assert said() == [("thank-you", False, "preferences"), ("check-in", True, "preferences")]
        form = page.forms["loyalty-messages"]
        assert [box.checked for box in form.fields["wanted"]] == [False, True]

    def test_what_is_not_offered_cannot_be_chosen(self, client, thanked, bob):
        client.force_login(bob)
        asked = ["thank-you", "marketing", "sign-in-changed", "x" * 999]
        client.post(PREFERENCES, {"wanted": asked, "shown": asked})
        # A kind that was not on the page was not declined either.
        assert [about for about, *_rest in said()] == ["thank-you"]

    def test_a_shop_that_sends_nothing_says_so(self, django_app, programme, bob):
        page = django_app.get(PREFERENCES, user=bob)
        assert "The shop sends no messages at present." in words(content(page))

    def test_who_is_no_member_is_told(self, django_app, charlie):
        page = django_app.get(PREFERENCES, user=charlie)
        assert "You are not a member yet" in words(content(page))


class TestTheOldAddress:
    """Whoever takes an account over reads the new address, not the old one."""

    def test_is_told_of_a_new_password(self, programme, bob):
        MessageKind.objects.create(code="sign-in-changed", active=True)
        bob.set_password("another")
        bob.save()
        messages_delivered.run(at=timezone.now())
        (sent,) = mail.outbox
        assert sent.to == ["bob@example.com"]
        assert "no points can be spent until" in sent.body

    def test_is_told_of_a_new_address(self, programme, bob):
        MessageKind.objects.create(code="sign-in-changed", active=True)
        bob.email = "mallory@example.com"
        bob.save()
        messages_delivered.run(at=timezone.now() + timedelta(minutes=1))
        assert [sent.to for sent in mail.outbox] == [["bob@example.com"]]
        assert re.search(r"was changed on \w+", mail.outbox[0].body)

    def test_cannot_be_kept_in_the_dark(self, programme, bob):
        """Nobody can decline it, nor get round it: a thief would do that first."""
        switch_on("sign-in-changed")
        account = bob.loyalty_account
        preferences_chosen.run(account.pk, {"sign-in-changed": False}, at=timezone.now())
        bob.set_password("another")
        bob.save()
        type(bob).objects.update(is_active=False)
        Account.objects.update(blocked_at=timezone.now())
        messages_delivered.run(at=timezone.now())
        (sent,) = mail.outbox
        assert sent.to == ["bob@example.com"]
        assert "unsubscribe" not in sent.message().as_string()

    def test_is_told_though_the_account_was_merged(self, programme, bob):
        switch_on("sign-in-changed")
        accounts_merged.run(
            bob.loyalty_account.pk,
            world.member("eve").pk,
            note="One person",
            actor_id=world.customer().pk,
            at=timezone.now(),
        )
        bob.set_password("another")
        bob.save()
        messages_delivered.run(at=timezone.now())
        assert [sent.to for sent in mail.outbox] == [["bob@example.com"]]

    def test_is_paused_for_though_the_cache_is_down(self, programme, bob, monkeypatch):
        def fail(*args, **kwargs):
            raise ConnectionError

        for name in ("get", "set"):
            monkeypatch.setattr(messages_queries.cache, name, fail)
        bob.set_password("another")
        bob.save()
        assert Account.objects.get(user=bob).paused_until > timezone.now()


def test_what_is_switched_on_is_read_once_a_minute(programme, django_assert_num_queries):
    messages_queries.active_days()
    with django_assert_num_queries(0):
        messages_queries.active_days()
    MessageKind.objects.create(code="thank-you", active=True)
    assert messages_queries.active_days() == {"thank-you": 0}
