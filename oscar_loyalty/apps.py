"""How Django and Oscar meet the plugin."""

from django.utils.translation import gettext_lazy as _
from oscar.core.application import OscarConfig


class LoyaltyConfig(OscarConfig):
    """The one app of the plugin."""

    # apps.py imports OscarConfig, so without this Django sees two candidates and takes neither.
    default = True
    name = "oscar_loyalty"
    label = "oscar_loyalty"
    namespace = "oscar_loyalty"
    verbose_name = _("Loyalty")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # A task is only known by its name once its module was imported.
        from oscar_loyalty import checks, receivers, tasks  # noqa: F401
        from oscar_loyalty.dashboard import oscar_reports

        checks.register()
        receivers.connect()
        oscar_reports.register()
