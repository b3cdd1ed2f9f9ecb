"""What is said about points that come, go, or are about to."""

from django.utils.translation import gettext_lazy as _

from oscar_loyalty.words.letters.shape import BALANCE, GREETING, LetterText, Paragraph

_EXPIRING = (
    GREETING,
    Paragraph(_("Some of your points expire soon: {{ expiring_days }}."), when="expiring_days"),
    Paragraph(_("Use them before that day, and nothing is lost.")),
    BALANCE,
)
_BEFORE = _("So many days before points expire.")

TEXTS: dict[str, LetterText] = {
    "points-spendable": LetterText(
        title=_("Points became spendable"),
        purpose=_("Tells members that points they were waiting for can be spent now."),
        subject=_("You can spend your points at {{ shop_name }} now"),
        paragraphs=(
            GREETING,
            Paragraph(_("Points that you were waiting for can be spent now.")),
            BALANCE,
        ),
    ),
    "points-expiring": LetterText(
        title=_("Points expire, first warning"),
        purpose=_("Warns members in time of points that will expire."),
        subject=_("{{ expiring }} at {{ shop_name }} expire soon"),
        paragraphs=_EXPIRING,
        names=("expiring", "expiring_days"),
        days=_BEFORE,
    ),
    "points-expiring-soon": LetterText(
        title=_("Points expire, last warning"),
        purpose=_("Warns members once more, shortly before points expire."),
        subject=_("Last days: {{ expiring }} at {{ shop_name }} expire"),
        paragraphs=_EXPIRING,
        names=("expiring", "expiring_days"),
        days=_BEFORE,
    ),
    "points-returned": LetterText(
        title=_("Points after a return or a cancellation"),
        purpose=_("Explains which points came back, and which were taken back."),
        subject=_("Your points for order {{ order_number }}"),
        paragraphs=(
            GREETING,
            Paragraph(_("Something about your order {{ order_number }} has changed.")),
            Paragraph(
                _("You paid with points for what came back: {{ returned }} are yours again."),
                when="returned",
            ),
            Paragraph(
                _("What came back had earned {{ taken_back }}; they were taken back."),
                when="taken_back",
            ),
            Paragraph(
                _("You keep more than we thought: {{ given_again }} were given to you again."),
                when="given_again",
            ),
            Paragraph(
                _("You keep what you paid for with points: {{ spent_again }} were spent again."),
                when="spent_again",
            ),
            Paragraph(
                _(
                    "You had spent more than is left: you owe {{ owed }}, "
                    "which the next points you earn make up for."
                ),
                when="owed",
            ),
            BALANCE,
        ),
        names=(
            "order_number",
            "order_url",
            "returned",
            "taken_back",
            "given_again",
            "spent_again",
            "owed",
        ),
    ),
}
