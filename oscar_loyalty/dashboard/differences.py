"""What an act of staff changed, named and written as its reader's language does."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils.text import Truncator, capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from i18nfield.fields import I18nCharField

from oscar_loyalty.program.oversight.models import StaffAct
from oscar_loyalty.words.wording import written

#: Of long texts no more than this many characters are shown.
LONGEST = 200
#: What is written down beside the columns of a row.
BESIDE = {
    "tier": gettext_lazy("Tier"),
    "pinned": gettext_lazy("Tier set by staff"),
    "coupons": gettext_lazy("Coupons"),
    "members": gettext_lazy("Members"),
    "points": gettext_lazy("Points"),
}

Difference = tuple[str, str, str]


def of(act: StaffAct) -> Iterator[Difference]:
    """Name, value before and value after of all that reads otherwise."""
    found = (one for changed in act.changed for one in _told(act.subject, *changed))
    return ((name, old, new) for name, old, new in found if old != new)


def model_of(subject: str) -> Any:
    """What an act was about; None for what is no row of ours."""
    return apps.all_models["oscar_loyalty"].get(subject)


def _told(subject: str, name: str, old: Any, new: Any) -> Iterator[Difference]:
    kind, _space, number = name.partition(" ")
    if number:
        yield from _belonging(kind, number, old or {}, new or {})
    elif name != "id":
        yield _difference(model_of(subject), name, old, new)


def _belonging(
    kind: str, number: str, old: dict[str, Any], new: dict[str, Any]
) -> Iterator[Difference]:
    """The same of a row that belongs to the one that was changed."""
    model = model_of(kind)
    title = capfirst(model._meta.verbose_name) if model else kind
    for name in dict.fromkeys([*old, *new]):
        for column, before, after in _told(kind, name, old.get(name), new.get(name)):
            yield f"{title} {number}, {column}", before, after


def _difference(model: Any, name: str, old: Any, new: Any) -> Difference:
    field = _field(model, name)
    title = capfirst(field.verbose_name) if field else BESIDE.get(name, name)
    return str(title), _written(field, old), _written(field, new)


def _field(model: Any, name: str) -> Any:
    try:
        found = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        return None
    return found if found and found.concrete else None


def _written(field: Any, value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict):
        value = [f"{name}: {one}" for name, one in value.items()]
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    text = _as_column(field, value) if field else str(value)
    return Truncator(text).chars(LONGEST)


def _as_column(field: Any, value: Any) -> str:
    choices = dict(field.flatchoices)
    if value in choices:
        return str(choices[value])
    if isinstance(field, models.DateField | models.TimeField | I18nCharField):
        try:
            known = field.to_python(value)
        except ValidationError:
            return str(value)
        moment = isinstance(field, models.DateTimeField)
        return written(localtime(known) if moment else known)
    return str(value)
