"""What is said about tiers."""

from django.utils.translation import gettext_lazy as _

from oscar_loyalty.words.letters.shape import BALANCE, GREETING, LetterText, Paragraph

TEXTS: dict[str, LetterText] = {
    "tier-reached": LetterText(
        title=_("A new tier was reached"),
        purpose=_("Tells members what their new tier gives them."),
        subject=_("Welcome to {{ tier }}"),
        paragraphs=(
            GREETING,
            Paragraph(_("You have reached {{ tier }}. Thank you for coming back to us!")),
            Paragraph(_("From now on you have: {{ benefits }}"), when="benefits"),
            BALANCE,
        ),
        names=("benefits",),
        days=_("So many days after the tier was reached."),
    ),
}
