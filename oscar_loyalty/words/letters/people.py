"""What is said about the membership itself."""

from django.utils.translation import gettext_lazy as _

from oscar_loyalty.words.letters.shape import GREETING, LetterText, Paragraph

TEXTS: dict[str, LetterText] = {
    "sign-in-changed": LetterText(
        title=_("How a member signs in was changed"),
        purpose=_("Goes to the former address, so that the owner of an account can react."),
        subject=_("How you sign in at {{ shop_name }} was changed"),
        paragraphs=(
            GREETING,
            Paragraph(
                _("The e-mail address or the password of your account was changed on {{ day }}.")
            ),
            Paragraph(
                _("To be on the safe side, no points can be spent until {{ until }}."),
                when="until",
            ),
            Paragraph(_("If that was not you, answer this message at once.")),
        ),
        names=("day", "until"),
    ),
}
