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
    "tier-near": LetterText(
        title=_("The next tier is near"),
        purpose=_("Tells members how little is missing for the next tier, twice a year at most."),
        subject=_("{{ next_tier_name }} is near"),
        paragraphs=(
            GREETING,
            Paragraph(_("You are almost there: {{ next_tier }}."), when="next_tier"),
            Paragraph(_("There you would have: {{ next_benefits }}"), when="next_benefits"),
            BALANCE,
        ),
        names=("next_tier", "next_tier_name", "next_benefits"),
    ),
    "tier-at-risk": LetterText(
        title=_("A tier is about to be lost"),
        purpose=_("Tells members what is missing, and until when, to keep their tier."),
        subject=_("Keep {{ tier }} at {{ shop_name }}"),
        paragraphs=(
            GREETING,
            Paragraph(_("{{ missing }} more by {{ last_day }} keeps {{ tier }}."), when="missing"),
            Paragraph(_("This is what {{ tier }} gives you: {{ benefits }}"), when="benefits"),
            BALANCE,
        ),
        names=("missing", "last_day", "benefits"),
        days=_("So many days before the tier is lost."),
    ),
}
