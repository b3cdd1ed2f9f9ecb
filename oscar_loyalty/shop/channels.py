"""
The ways to members: e-mail, Oscar's notifications on the site, and what the shop adds.

The paths of these classes stand in the settings of shops: they never move.
"""

import html
from abc import ABC, abstractmethod
from contextlib import suppress
from itertools import accumulate
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from oscar.core.loading import get_class

from oscar_loyalty import conf
from oscar_loyalty.shop import mails
from oscar_loyalty.shop.mails import Correspondent, Letter, Mail

#: What the subject of one of Oscar's notifications may be long, with the tag around it.
LONGEST_SUBJECT = 255 - len("<bdi></bdi>")


class Channel(ABC):
    """
    A way to members; a shop adds its own to OSCAR_LOYALTY_CHANNELS.

    `title` is what staff call it. One that is `silent` disturbs nobody: what is delivered lies
    there until the member comes, so neither quiet hours nor the weekly limit are kept.
    """

    title: Any
    silent: bool = False

    @abstractmethod
    def address_of(self, user: Any) -> str:
        """Where the customer is reached this way; empty where they are not."""

    @abstractmethod
    def deliver(self, letter: Letter, to: Correspondent, *, identity: str) -> None:
        """
        Hand the letter over, or fail within seconds: by an error of any kind it is tried again.

        A letter that is handed over once more, since nobody knows whether it was, has the same
        `identity`; by another channel it has another.
        """


class Email(Channel):
    """By the shop's mail server."""

    title = _("E-mail")

    def address_of(self, user: Any) -> str:
        return mails.email_of(user)

    def deliver(self, letter: Letter, to: Correspondent, *, identity: str) -> None:
        headers = {
            "Message-ID": f"<{identity}@{mails.domain()}>",
            "Auto-Submitted": "auto-generated",
        }
        if letter.unsubscribe_url:
            headers["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mails.send(Mail(to.address, letter.subject, letter.text, letter.html, headers))


class Notifications(Channel):
    """Among Oscar's notifications in the customer's account."""

    title = _("Notification in the account")
    silent = True

    def address_of(self, user: Any) -> str:
        return str(user.pk)

    def deliver(self, letter: Letter, to: Correspondent, *, identity: str) -> None:
        reader = get_user_model().objects.get(pk=to.user_id)
        # Oscar shows both as they are.
        subject = format_html("<bdi>{}</bdi>", _escaped(letter.subject, LONGEST_SUBJECT))
        frame = '<div lang="{}" dir="{}" style="text-align: start">{}</div>'
        body = format_html(frame, letter.language, letter.dir, letter.notice)
        dispatcher = get_class("communication.utils", "Dispatcher")()
        dispatcher.notify_user(reader, subject, body=body)


def named(code: str) -> Channel | None:
    """
    The channel that the shop has under this code; None if it has none.

    :raises ImportError: if there is nothing at its path.
    :raises TypeError: if what is there is no channel.
    """
    paths = conf.CHANNELS()
    if code not in paths:
        return None
    made = import_string(paths[code])()
    if not isinstance(made, Channel):
        raise TypeError(f"{paths[code]} is no Channel")
    return made


def title_of(code: str) -> str:
    """What staff call a channel; its code where it is not there, or broken."""
    with suppress(Exception):
        return str(named(code).title)
    return code


def is_silent(code: str) -> bool:
    """Whether a channel disturbs nobody; one that is broken would."""
    with suppress(Exception):
        return named(code).silent
    return False


def _escaped(words: str, longest: int) -> SafeString:
    """As many of the words, as text for HTML, as fit."""
    # Quotation marks stay: Oscar escapes the title of the page once more.
    signs = [html.escape(sign, quote=False) for sign in words]
    ends = accumulate(map(len, signs))
    fitting = [sign for sign, end in zip(signs, ends, strict=True) if end <= longest]
    return SafeString("".join(fitting))
