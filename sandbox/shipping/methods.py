"""The two ways Larkfield ships. Prices include tax, which is zero here."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _
from oscar.apps.shipping.methods import *  # noqa: F403
from oscar.apps.shipping.methods import FixedPrice


class Standard(FixedPrice):
    code = "standard"
    name = _("Standard")
    charge_excl_tax = charge_incl_tax = Decimal("4.80")


class Express(FixedPrice):
    code = "express"
    name = _("Express")
    charge_excl_tax = charge_incl_tax = Decimal("9.90")
