"""The demo's page of mails: what was sent, as its reader sees it."""

import os

import pytest
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from oscar_loyalty.flows import messages_delivered, order_placed
from sandbox import mails
from tests import world
from tests.functional.reading import listed, words
from tests.mailing import switch_on

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:The EMAIL_")]

PAGE = "/demo/mails/"


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    return tmp_path


def send(subject, *, html="", age=0, folder):
    before = set(folder.iterdir())
    message = EmailMultiAlternatives(subject, f"{subject}.", "shop@example.com", ["a@example.com"])
    if html:
        message.attach_alternative(html, "text/html")
    message.send()
    (written,) = set(folder.iterdir()) - before
    # Django may choose the same name for another mail of this second, and add to it.
    kept = written.rename(folder / f"{len(before)}.log")
    os.utime(kept, (1_700_000_000 - age,) * 2)


def test_before_the_first(django_app, folder):
    assert "No mail has been sent yet." in words(django_app.get(PAGE).html)


def test_the_newest_stands_first(django_app, folder):
    send("Second", age=5, folder=folder)
    send("First", age=9, folder=folder)
    send("Third", age=1, folder=folder)
    page = django_app.get(PAGE)
    assert listed(page, "[data-demo=subject]") == ["Third", "Second", "First"]
    assert [bool(mail.has_attr("open")) for mail in page.html.select("[data-demo=mail]")] == [
        True,
        False,
        False,
    ]


def test_a_letter_keeps_its_language_and_can_do_nothing(django_app, programme, bob, folder):
    switch_on("thank-you")
    order = world.unsignalled(bob, "25.00", at=timezone.now())
    order_placed.run(order.number, at=timezone.now(), language="ar")
    messages_delivered.run(at=timezone.now())
    page = django_app.get(PAGE)
    frame = page.html.select_one("iframe")
    assert '<html lang="ar" dir="rtl">' in frame["srcdoc"]
    assert "allow-scripts" not in frame["sandbox"]
    assert "allow-same-origin" not in frame["sandbox"]
    text = page.html.select_one("[data-demo=text]")
    assert (order.number in words(text), text["dir"]) == (True, "auto")
    assert "bob@example.com" in words(page.html)


def test_a_mail_without_html_is_read_as_text(django_app, folder):
    send("Plain <b>", folder=folder)
    page = django_app.get(PAGE)
    assert not page.html.select("iframe")
    assert listed(page, "[data-demo=text]") == ["Plain <b>."]


def test_one_that_is_still_being_written_waits(folder):
    send("Whole", folder=folder)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:100])
    assert [mail.subject for mail in mails.newest(folder)] == ["Whole"]


def test_no_more_than_fit_on_a_page(folder, monkeypatch):
    monkeypatch.setattr(mails, "MOST", 2)
    for age in range(3):
        send(f"{age}", age=age, folder=folder)
    assert [mail.subject for mail in mails.newest(folder)] == ["0", "1"]
