"""What is said on occasions and with a surprise."""

from django.utils.translation import gettext_lazy as _

from oscar_loyalty.words.letters.shape import (
    BALANCE,
    GREETING,
    PRESENT,
    PRESENT_NAMES,
    LetterText,
    Paragraph,
)

TEXTS: dict[str, LetterText] = {
    "occasion": LetterText(
        title=_("Wishes on an occasion"),
        purpose=_(
            "Goes out before each of the occasions that are set up, and brings what is chosen "
            "there."
        ),
        subject=_("Our best wishes for {{ occasion }}"),
        paragraphs=(
            GREETING,
            Paragraph(
                _("{{ occasion }} is on {{ day }}. We wish you all the best!"), when="occasion"
            ),
            *PRESENT,
            BALANCE,
        ),
        names=("occasion", "day", *PRESENT_NAMES),
    ),
    "surprise": LetterText(
        title=_("A surprise"),
        purpose=_("Goes to those who win in the daily draw, and brings what its settings say."),
        subject=_("A surprise for you from {{ shop_name }}"),
        paragraphs=(
            GREETING,
            Paragraph(_("For no reason but that we are glad to have you with us:"), when="present"),
            *PRESENT,
            BALANCE,
        ),
        names=PRESENT_NAMES,
    ),
}
