"""What points cannot pay for, edited with the programme."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from oscar_loyalty.program.redemption.models import ExcludedRange


class ExcludedRangeInline(admin.TabularInline):
    """One range in each row."""

    model = ExcludedRange
    extra = 0
    verbose_name_plural = _("Ranges that points cannot pay for")
    fields = ("range",)
