"""What is said after an order."""

from django.utils.translation import gettext_lazy as _

from oscar_loyalty.words.letters.shape import BALANCE, GREETING, LetterText, Paragraph

TEXTS: dict[str, LetterText] = {
    "thank-you": LetterText(
        title=_("Thank-you after an order"),
        purpose=_("What the order earned, and what comes next."),
        subject=_("Thank you for your order at {{ shop_name }}"),
        paragraphs=(
            GREETING,
            Paragraph(_("Thank you for your order {{ order_number }}.")),
            Paragraph(_("It earned you {{ earned }}."), when="earned"),
            Paragraph("{{ spendable_from }}", when="spendable_from"),
            Paragraph("{{ next_tier }}", when="next_tier"),
            BALANCE,
        ),
        names=(
            "order_number",
            "order_url",
            "earned",
            "spendable_from",
            "next_tier",
            "next_tier_name",
            "next_benefits",
        ),
        days=_("So many days after the order."),
    ),
    "check-in": LetterText(
        title=_("Is everything well? Some days after an order"),
        purpose=_("Asks whether all is well with what was bought."),
        subject=_("Is everything well with your order?"),
        paragraphs=(
            GREETING,
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
        days=_("So many days after the order."),
    ),
}
