"""What is said to members who stay away longer than they usually do."""

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
    "win-back": LetterText(
        title=_("We miss you"),
        purpose=_("Tells members that they are missed, when they stay away longer than usual."),
        subject=_("We miss you at {{ shop_name }}"),
        paragraphs=(
            GREETING,
            Paragraph(_("Your last order was on {{ last_day }}."), when="last_day"),
            Paragraph(_("We would be glad to see you again.")),
            BALANCE,
        ),
        names=("last_day",),
    ),
    "win-back-why": LetterText(
        title=_("Why have we not seen you?"),
        purpose=_("Asks members who are missed for the reason; they answer the message."),
        subject=_("Is there a reason why we have not seen you?"),
        paragraphs=(
            GREETING,
            Paragraph(
                _(
                    "Was there something that we did not do well? Answer this message and tell us "
                    "in a few words: somebody reads it, and we would like to do better."
                )
            ),
            Paragraph(_("If all is well and you just need nothing, that is fine, too.")),
        ),
        names=("last_day",),
    ),
    "win-back-gift": LetterText(
        title=_("A present to welcome you back"),
        purpose=_("Brings members who are missed a present, where nothing else brought them back."),
        subject=_("A present for you from {{ shop_name }}"),
        paragraphs=(
            GREETING,
            Paragraph(_("We would like to welcome you back with a present.")),
            *PRESENT,
            BALANCE,
        ),
        names=PRESENT_NAMES,
        brings=True,
    ),
    "win-back-goodbye": LetterText(
        title=_("Goodbye, and thank you"),
        purpose=_("Parts well; until they order again, members who are missed hear no more of it."),
        subject=_("Thank you for the time with {{ shop_name }}"),
        paragraphs=(
            GREETING,
            Paragraph(
                _(
                    "We do not want to bother you, so this is the last time that we write because "
                    "we have not seen you. Thank you for having been our customer."
                )
            ),
            Paragraph(_("Whenever you come back, you are welcome.")),
            BALANCE,
        ),
        names=("last_day",),
    ),
}
