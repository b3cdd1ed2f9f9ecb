"""What is said for a birthday."""

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
    "birthday": LetterText(
        title=_("Birthday"),
        purpose=_("Good wishes for members who said when their birthday is."),
        subject=_("All the best for your birthday from {{ shop_name }}"),
        paragraphs=(
            GREETING,
            Paragraph(_("We wish you a very happy birthday!")),
            *PRESENT,
            BALANCE,
        ),
        names=PRESENT_NAMES,
        days=_("So many days before the birthday, on the day itself with 0."),
        brings=True,
    ),
}
