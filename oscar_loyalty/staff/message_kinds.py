"""The form of a kind of message: whether it is sent, when, how, and what it brings."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext

from oscar_loyalty import conf
from oscar_loyalty.program.messages.models import MessageKind
from oscar_loyalty.program.messages.policy import KINDS
from oscar_loyalty.shop import channels
from oscar_loyalty.words.letters import TEXTS


class KindForm(forms.ModelForm):
    """The days are counted from what the kind is about; of the shop's channels, one at least."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "days" in self.fields:
            self.fields["days"].help_text = TEXTS[self.instance.code].days
        if "channels" in self.fields:
            plain = MessageKind._meta.get_field("channels")
            self.fields["channels"] = forms.MultipleChoiceField(
                label=capfirst(plain.verbose_name),
                help_text=plain.help_text,
                choices=[(code, channels.title_of(code)) for code in conf.CHANNELS()],
                widget=forms.CheckboxSelectMultiple,
            )


def chosen_of(code: str) -> tuple[str, ...]:
    """What staff choose of a kind beside what it brings; about security goes by e-mail alone."""
    days = ("days",) if TEXTS[code].days else ()
    ways = () if KINDS[code].security else ("channels",)
    return ("active", *days, *ways)


def nature_of(code: str) -> str:
    """Who gets messages of the kind."""
    if KINDS[code].marketing:
        return gettext("Marketing: only for members who asked for it")
    return gettext("Service: unless the member declined it")
