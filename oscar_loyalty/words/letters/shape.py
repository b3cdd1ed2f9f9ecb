"""What the text of a kind of message is made of, and the paragraphs that many share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

#: What every message can be filled in with.
COMMON = ("first_name", "shop_name", "points", "points_worth", "tier", "account_url")


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; `when` names what it would be empty without."""

    words: Any
    when: str = ""


@dataclass(frozen=True)
class LetterText:
    """
    The words of one kind of message. `title` and `purpose` are for staff.

    `days` says what its days are counted from, empty for a kind without any; `brings` is whether
    a present may come with it.
    """

    title: Any
    purpose: Any
    subject: Any
    paragraphs: Sequence[Paragraph]
    names: Sequence[str] = field(default=())
    days: Any = ""
    brings: bool = False

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


def _when(part: Paragraph, words: str) -> str:
    return f"{{% if {part.when} %}}{words}{{% endif %}}" if part.when else words


GREETING = Paragraph(_("Hello {{ first_name }},"), when="first_name")
BALANCE = Paragraph(
    _("You have {{ points }} to spend, worth {{ points_worth }}: {{ account_url }}"), when="points"
)

#: Points, or a coupon, that a message brought; nothing where it brought none.
PRESENT_NAMES = ("present", "condition", "code", "good_until")
PRESENT = (
    Paragraph(_("Here is a present for you: {{ present }}"), when="present"),
    Paragraph("{{ condition }}", when="condition"),
    Paragraph(
        _("Your code for the basket is {{ code }}. It is good until {{ good_until }}."), when="code"
    ),
)
