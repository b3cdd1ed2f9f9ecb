"""Oscar's communication types, its record of mails, and the way a mail leaves the shop."""

import email.policy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sites.models import Site
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation.trans_real import get_supported_language_variant
from oscar.core.loading import get_model

from oscar_loyalty import conf

#: What the codes of our communication types begin with.
PREFIX = "LOYALTY_"


@dataclass(frozen=True)
class Source:
    """The texts of a communication type; None for one that staff have not written."""

    subject: str | None
    text: str | None
    html: str | None


@dataclass(frozen=True)
class Letter:
    """
    What a member is told, in the words of one language, whichever way it goes.

    `text` and `html` are whole letters. `notice` is the words of the text alone, as HTML without
    a tag that staff wrote. `account_url` is where to read on, `unsubscribe_url` may be empty.
    """

    language: str
    dir: str
    subject: str
    text: str
    html: str
    notice: str
    account_url: str
    unsubscribe_url: str

    def short(self, longest: int) -> str:
        """The subject and where to read on, in so many characters; only the subject is cut."""
        room = max(0, longest - len(self.account_url) - 1)
        return f"{self.subject[:room]} {self.account_url}".strip()


@dataclass(frozen=True)
class Mail:
    """A mail as it leaves: to one customer, plain and as HTML, with its headers."""

    address: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Correspondent:
    """Whom a letter is for, as the shop knows them."""

    user_id: int
    first_name: str
    address: str


def supported(language: str) -> str:
    """The language itself, or what the shop has in its place; its own for one it has not."""
    for wanted in (language, settings.LANGUAGE_CODE):
        try:
            return get_supported_language_variant(wanted)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def written_in() -> dict[str, str]:
    """The languages that texts are written in, with their names: those that the shop has chosen."""
    if settings.is_overridden("LANGUAGES"):
        return {code: str(name) for code, name in settings.LANGUAGES}
    own = supported("")
    return {own: str(dict(settings.LANGUAGES).get(own, own))}


def code_of(kind: str, language: str = "") -> str:
    """The code of a communication type; without a language, that for all others."""
    parts = (kind, language) if language else (kind,)
    return PREFIX + "_".join(parts).replace("-", "_").upper()


def sources(kind: str, language: str) -> list[Source]:
    """What staff have written for a kind of message: in this language, then for all."""
    codes = [code_of(kind, language), code_of(kind)]
    rows = get_model("communication", "CommunicationEventType").objects.filter(code__in=codes)
    found = {
        row.code: Source(
            row.email_subject_template, row.email_body_template, row.email_body_html_template
        )
        for row in rows
    }
    return [found[code] for code in codes if code in found]


def text_type(code: str) -> Any:
    """The communication type itself, for the form that edits it; None if there is none."""
    return get_model("communication", "CommunicationEventType").objects.filter(code=code).first()


def names_of(codes: Collection[str]) -> list[tuple[str, str]]:
    """Code and name of those of the communication types that are there."""
    types = get_model("communication", "CommunicationEventType").objects.filter(code__in=codes)
    return list(types.order_by("name").values_list("code", "name"))


def put_source(code: str, name: str, source: Source) -> None:
    """Make the communication type that staff edit, unless it is there."""
    get_model("communication", "CommunicationEventType").objects.get_or_create(
        code=code,
        defaults={
            "name": name[:255],
            "category": "User related",
            "email_subject_template": source.subject,
            "email_body_template": source.text,
            "email_body_html_template": source.html,
        },
    )


def remove_sources() -> int:
    """Take our communication types out of the shop; return how many."""
    types = get_model("communication", "CommunicationEventType").objects
    _rows, gone = types.filter(code__startswith=PREFIX).delete()
    return int(gone.get(types.model._meta.label, 0))


def email_of(user: Any) -> str:
    """The customer's e-mail address; empty for one without."""
    return getattr(user, user.get_email_field_name(), "") or ""


def correspondent(
    user_id: int, *, at_address: str = "", address_of: Callable[[Any], str] = email_of
) -> Correspondent | None:
    """
    Whom to write to, and where; None if the customer is gone.

    One who may not sign in any more is only written to at an address that is given.
    """
    user: Any = get_user_model().objects.filter(pk=user_id).first()
    if user is None or not (user.is_active or at_address):
        return None
    return Correspondent(user_id, getattr(user, "first_name", ""), at_address or address_of(user))


def reachable(user_ids: Collection[int]) -> set[int]:
    """Those of the customers who may sign in and have an address."""
    users = get_user_model()
    address = users.get_email_field_name()
    having = users.objects.filter(pk__in=user_ids, is_active=True).exclude(**{address: ""})
    return set(having.exclude(**{address: None}).values_list("pk", flat=True))


def shop_name() -> str:
    """What the shop calls itself."""
    return str(getattr(settings, "OSCAR_SHOP_NAME", "") or Site.objects.get_current().name)


def base_url() -> str:
    """Where links of messages lead: never where a request came from, for anybody can make one."""
    return conf.BASE_URL().rstrip("/") or f"https://{Site.objects.get_current().domain}"


def domain() -> str:
    """What the identities of our mails end in."""
    return str(Site.objects.get_current().domain).partition(":")[0]


class _Letter(EmailMultiAlternatives):
    """A mail whose long headers are not encoded: mail programs read List-Unsubscribe as it is."""

    if django.VERSION >= (6, 0):

        def message(self, *, policy: Any = email.policy.default) -> Any:
            return super().message(policy=policy.clone(max_line_length=998))


def send(mail: Mail) -> None:
    """
    Hand the mail to the shop's mail server.

    :raises OSError: if it does not take it; `smtplib`'s errors are such, too.
    """
    message = _Letter(
        mail.subject,
        mail.text,
        settings.OSCAR_FROM_EMAIL,
        [mail.address],
        headers=dict(mail.headers),
    )
    message.attach_alternative(mail.html, "text/html")
    message.send()


def record(reader: Correspondent, letter: Letter) -> None:
    """Let the customer see a mail in their history, where the shop keeps one."""
    if settings.OSCAR_SAVE_SENT_EMAILS_TO_DB:
        get_model("communication", "Email").objects.create(
            user_id=reader.user_id,
            email=reader.address,
            subject=letter.subject,
            body_text=letter.text,
            body_html=letter.html,
        )


def order_path(order_number: str) -> str:
    """The customer's own page of an order."""
    return reverse("customer:order", args=[order_number])


def titles_of(order_number: str) -> list[str]:
    """What was bought with an order, in its order."""
    lines = get_model("order", "Line").objects.filter(order__number=order_number)
    return list(lines.order_by("pk").values_list("title", flat=True))
