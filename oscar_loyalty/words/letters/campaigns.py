"""What is said of campaigns."""

from django.utils.translation import gettext_lazy as _

from oscar_loyalty.words.letters.shape import BALANCE, GREETING, LetterText, Paragraph

TEXTS: dict[str, LetterText] = {
    "flash-sale": LetterText(
        title=_("A flash sale"),
        purpose=_(
            "Goes out as soon as a member may buy in a flash sale that is announced: first to the "
            "tiers that buy first. Not when it is over or sold out by then."
        ),
        subject=_("{{ sale }}: only for a short time"),
        paragraphs=(
            GREETING,
            Paragraph(_("{{ product }} now costs {{ price }}, until {{ until }}."), when="price"),
            Paragraph(
                _("You now get {{ discount }} off {{ product }}, until {{ until }}."),
                when="discount",
            ),
            Paragraph(_("Their number is limited. As this was written: {{ left }}."), when="left"),
            Paragraph(_("Here you can buy: {{ sale_url }}"), when="sale_url"),
            BALANCE,
        ),
        names=("sale", "product", "price", "discount", "until", "left", "sale_url"),
    ),
}
