"""
What each kind of message says until staff write something else, and what it can be filled in with.

A paragraph is a whole sentence or more; one that has a name beside it is left out where there is
nothing to put in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.messages.policy import MARKETING

#: What every message can be filled in with.
COMMON = ("first_name", "shop_name", "points", "points_worth", "tier", "account_url")


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; `when` names what it would be empty without."""

    words: Any
    when: str = ""


@dataclass(frozen=True)
class LetterText:
    """The words of one kind of message. `title` and `purpose` are for staff."""

    title: Any
    purpose: Any
    subject: Any
    paragraphs: Sequence[Paragraph]
    names: Sequence[str] = field(default=())

    @property
    def blanks(self) -> tuple[str, ...]:
        """Everything that the text may be filled in with."""
        return (*COMMON, *self.names)

    def as_text(self) -> str:
        """The plain text, with its blanks."""
        return "\n\n".join(_when(part, str(part.words)) for part in self.paragraphs)

    def as_html(self) -> str:
        """The same as HTML; blanks and conditions survive being escaped."""
        parts = (_when(part, escape(part.words)) for part in self.paragraphs)
        return "\n".join(f"<p>{part}</p>" for part in parts)


def title_of(about: str) -> str:
    """What people call a kind of message, or all marketing; a code that is none of ours stays."""
    if about == MARKETING:
        return gettext("Offers, presents and surprises")
    return str(TEXTS[about].title) if about in TEXTS else about


def _when(part: Paragraph, words: str) -> str:
    return f"{{% if {part.when} %}}{words}{{% endif %}}" if part.when else words


_GREETING = Paragraph(_("Hello {{ first_name }},"), when="first_name")
_BALANCE = Paragraph(
    _("You have {{ points }} to spend, worth {{ points_worth }}: {{ account_url }}"), when="points"
)

TEXTS: dict[str, LetterText] = {
    "thank-you": LetterText(
        title=_("Thank-you after an order"),
        purpose=_("What the order earned, and what comes next."),
        subject=_("Thank you for your order at {{ shop_name }}"),
        paragraphs=(
            _GREETING,
            Paragraph(_("Thank you for your order {{ order_number }}.")),
            Paragraph(_("It earned you {{ earned }}."), when="earned"),
            Paragraph("{{ spendable_from }}", when="spendable_from"),
            Paragraph("{{ next_tier }}", when="next_tier"),
            _BALANCE,
        ),
        names=("order_number", "order_url", "earned", "spendable_from", "next_tier"),
    ),
    "check-in": LetterText(
        title=_("Is everything well? Some days after an order"),
        purpose=_("Asks whether all is well with what was bought."),
        subject=_("Is everything well with your order?"),
        paragraphs=(
            _GREETING,
            Paragraph(
                _(
                    "A few days ago you ordered {{ products }} from us. "
                    "Is everything as you wished?"
                ),
                when="products",
            ),
            Paragraph(_("If it is not, answer this message and we will put it right.")),
        ),
        names=("order_number", "order_url", "products"),
    ),
    "tier-reached": LetterText(
        title=_("A new tier was reached"),
        purpose=_("Tells members what their new tier gives them."),
        subject=_("Welcome to {{ tier }}"),
        paragraphs=(
            _GREETING,
            Paragraph(_("You have reached {{ tier }}. Thank you for coming back to us!")),
            Paragraph(_("From now on you have: {{ benefits }}"), when="benefits"),
            _BALANCE,
        ),
        names=("benefits",),
    ),
    "sign-in-changed": LetterText(
        title=_("How a member signs in was changed"),
        purpose=_("Goes to the former address, so that the owner of an account can react."),
        subject=_("How you sign in at {{ shop_name }} was changed"),
        paragraphs=(
            _GREETING,
            Paragraph(
                _("The e-mail address or the password of your account was changed on {{ day }}.")
            ),
            Paragraph(
                _("To be on the safe side, no points can be spent until {{ until }}."),
                when="until",
            ),
            Paragraph(_("If that was not you, answer this message at once.")),
        ),
        names=("day", "until"),
    ),
}
