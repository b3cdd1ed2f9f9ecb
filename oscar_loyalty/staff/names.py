"""Names that are written in each language of the shop."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language_info, gettext
from i18nfield.forms import I18nTextInput
from i18nfield.strings import LazyI18nString

#: The history of tiers keeps names in 255 characters, Oscar those of offers in 128.
LONGEST = 100


class NamePerLanguage(I18nTextInput):
    """One line for each language, with the language's name before it."""

    def decompress(self, value: Any) -> list[str | None]:
        name = value if isinstance(value, LazyI18nString) else LazyI18nString(value)
        texts = name.data if isinstance(name.data, dict) else {main_language(): name.data}
        return [texts.get(locale) for locale in self.locales]

    def format_output(self, rendered_widgets: list[str], id_: str) -> str:
        names = dict(settings.LANGUAGES)
        lines = (
            (f"{id_}_{index}", names.get(locale, locale), rendered)
            for index, (locale, rendered) in enumerate(
                zip(self.enabled_locales, rendered_widgets, strict=True)
            )
        )
        return format_html(
            '<div class="loyalty-names" id="{}">{}</div>',
            id_,
            format_html_join("", '<div><label for="{}">{}</label>{}</div>', lines),
        )


class TranslatedNameForm(forms.ModelForm):
    """A row with a name in every language; the one of the shop's own language is required."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields:
            # Our own sentence says which language is missing.
            self.fields["name"].one_required = False
            self.fields["name"].required = True
            self.fields["name"].widget.attrs["maxlength"] = LONGEST

    def clean_name(self) -> LazyI18nString:
        name: LazyI18nString = self.cleaned_data["name"]
        code = main_language()
        if not name.data.get(code):
            raise ValidationError(
                gettext(
                    "Write the name in %(language)s: it stands in for languages that have none."
                )
                % {"language": get_language_info(code)["name_translated"]}
            )
        if max(len(text or "") for text in name.data.values()) > LONGEST:
            raise ValidationError(
                gettext("Write a name of at most %(limit)s characters in each language.")
                % {"limit": LONGEST}
            )
        return name


def main_language() -> str:
    """The language of the shop, as the list of its languages spells it."""
    codes = [code for code, _name in settings.LANGUAGES]
    wanted = settings.LANGUAGE_CODE
    return next((code for code in (wanted, wanted.partition("-")[0]) if code in codes), codes[0])
