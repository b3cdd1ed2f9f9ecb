"""Reads of the programme."""

from dataclasses import fields

from oscar_loyalty.program.terms.models import Programme
from oscar_loyalty.program.terms.policy import Terms

FIELDS = tuple(field.name for field in fields(Terms))


def current() -> Terms | None:
    """The terms in force; None while there is no programme or it is switched off."""
    terms = written()
    return terms if terms and terms.active else None


def written() -> Terms | None:
    """The terms, in force or switched off; None without a programme."""
    row = Programme.objects.values(*FIELDS).first()
    return Terms(**row) if row else None


def programme() -> Programme | None:
    """The programme's row while it is switched on, for pages that put it into words."""
    return Programme.objects.filter(active=True).first()


def approval_limit() -> int | None:
    """How many points one of the staff may give or take alone; None for as many as they like."""
    return Programme.objects.values_list("approve_above", flat=True).first()


def terms_of(programme: Programme) -> Terms:
    """The terms that a row states."""
    return Terms(**{name: getattr(programme, name) for name in FIELDS})
