"""Staff find every kind of message in the admin, and its texts in Oscar's dashboard."""

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext, override

from oscar_loyalty.program.messages import services as messages
from oscar_loyalty.program.messages.policy import (
    CHECK_IN,
    KINDS,
    POINTS_EXPIRING,
    POINTS_EXPIRING_SOON,
    RELATED_PRODUCTS,
    REVIEW_REQUEST,
    TIER_AT_RISK,
)
from oscar_loyalty.program.winback import queries as winback_queries
from oscar_loyalty.shop import mails
from oscar_loyalty.shop.mails import Source
from oscar_loyalty.words.letters import TEXTS

#: So many days from its cause a kind is sent, until staff choose otherwise; all others at once.
DAYS: Mapping[str, int] = {
    CHECK_IN.code: 7,
    POINTS_EXPIRING.code: 30,
    POINTS_EXPIRING_SOON.code: 7,
    TIER_AT_RISK.code: 30,
    REVIEW_REQUEST.code: 14,
    RELATED_PRODUCTS.code: 21,
}


@transaction.atomic
def run() -> None:
    """Make what is missing: a row to switch each kind on by, and its text in every language."""
    winback_queries.settings()
    messages.write_rows({code: DAYS.get(code, 0) for code in KINDS})
    for language in mails.written_in():
        with override(language):
            for kind in KINDS:
                _write_text(kind, language, gettext(mails.written_in()[language]))


def texts_of(kind: str) -> list[tuple[str, str]]:
    """Code and name of every text that staff can edit for a kind of message."""
    codes = [mails.code_of(kind, language) for language in mails.written_in()]
    return mails.names_of([*codes, mails.code_of(kind)])


def all_texts() -> list[tuple[str, str]]:
    """Code and name of every text that staff can edit."""
    languages = [*mails.written_in(), ""]
    return mails.names_of([mails.code_of(kind, one) for kind in KINDS for one in languages])


def meaning_of(code: str) -> tuple[str, str] | None:
    """The kind and the language that a text of ours is for, by its code; None for another's."""
    languages = [*mails.written_in(), ""]
    known = {mails.code_of(kind, one): (kind, one) for kind in KINDS for one in languages}
    return known.get(code)


def _write_text(kind: str, language: str, language_name: str) -> None:
    text = TEXTS[kind]
    source = Source(str(text.subject), text.as_text(), text.as_html())
    # Staff read the list in their own language, whatever the text's.
    with override(settings.LANGUAGE_CODE):
        name = gettext("Loyalty: %(title)s (%(language)s)") % {
            "title": text.title,
            "language": language_name,
        }
    mails.put_source(mails.code_of(kind, language), name, source)
