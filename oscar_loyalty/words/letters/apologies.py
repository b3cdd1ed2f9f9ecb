"""What is said when the shop has to apologise."""

from django.utils.translation import gettext_lazy as _

from oscar_loyalty.words.letters.shape import (
    GREETING,
    PRESENT,
    PRESENT_NAMES,
    LetterText,
    Paragraph,
)

TEXTS: dict[str, LetterText] = {
    "apology": LetterText(
        title=_("An apology"),
        purpose=_("Goes to those whom staff have chosen, when something went wrong with orders."),
        subject=_("An apology from {{ shop_name }}"),
        paragraphs=(
            GREETING,
            Paragraph(
                _("Something went wrong with your order {{ order_number }}, and we are sorry."),
                when="order_number",
            ),
            Paragraph("{{ what_happened }}", when="what_happened"),
            Paragraph(_("We would like to make up for it."), when="present"),
            *PRESENT,
            Paragraph(_("If anything is still not right, answer this message.")),
        ),
        names=("what_happened", "order_number", "order_url", *PRESENT_NAMES),
    ),
}
