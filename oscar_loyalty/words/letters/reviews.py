"""What is said about reviews, and about what goes with what was bought."""

from django.utils.translation import gettext_lazy as _

from oscar_loyalty.words.letters.shape import BALANCE, GREETING, LetterText, Paragraph

_PRODUCTS = Paragraph("{{ products }}", when="products")

TEXTS: dict[str, LetterText] = {
    "review-request": LetterText(
        title=_("Request for a review, some days after an order"),
        purpose=_("Asks for reviews of what was bought and kept, and is not reviewed yet."),
        subject=_("How do you like what you bought at {{ shop_name }}?"),
        paragraphs=(
            GREETING,
            Paragraph(
                _(
                    "You have had some time now to try what you ordered from us. Would you tell "
                    "other customers how you like it?"
                )
            ),
            _PRODUCTS,
            Paragraph("{{ reward }}", when="reward"),
        ),
        names=("order_number", "order_url", "products", "reward"),
        days=_("So many days after the order."),
    ),
    "review-thanks": LetterText(
        title=_("Thanks for a review"),
        purpose=_("When the review of somebody who bought the product is approved."),
        subject=_("Thank you for your review"),
        paragraphs=(
            GREETING,
            Paragraph(
                _("Thank you for your review of {{ product }}. It helps others to choose."),
                when="product",
            ),
            Paragraph(_("It earned you {{ earned }}."), when="earned"),
            BALANCE,
        ),
        names=("product", "earned"),
    ),
    "related-products": LetterText(
        title=_("What goes with an order, some days after it"),
        purpose=_(
            "Up to four products: those that you recommend with what was bought, then those that "
            "other customers bought together with it."
        ),
        subject=_("Chosen for you at {{ shop_name }}"),
        paragraphs=(
            GREETING,
            Paragraph(_("This goes well with what you bought from us:"), when="products"),
            _PRODUCTS,
        ),
        names=("order_number", "order_url", "products"),
        days=_("So many days after the order."),
    ),
}
