"""Staff publish what a rule says from some moment on, or that it ends; nothing is rewritten."""

from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from oscar_loyalty.errors import InvalidDate, NoProgramme
from oscar_loyalty.program.earning import queries as earning_queries
from oscar_loyalty.program.earning import services as earning
from oscar_loyalty.program.earning.models import RuleVersion
from oscar_loyalty.program.terms import queries as terms_queries


@transaction.atomic
def run(version: RuleVersion, *, actor_id: int, at: datetime) -> None:
    """
    Publish a version of the rule that it names, or of a new one.

    What was awarded before stays as it is; orders that are decided about later follow the version
    of their own date.

    :raises NoProgramme: if there is none yet.
    :raises InvalidDate: if it would be in force before the newest version there is.
    """
    if terms_queries.written() is None:
        raise NoProgramme(_("There is no programme yet."))
    if version.rule_id is not None:
        earning.lock_rules([version.rule_id])
        _refuse_earlier(version, earning_queries.newest_version(version.rule_id))
    earning.publish(version, actor=f"user:{actor_id}", at=at)


@transaction.atomic
def retire(rule_id: int, *, actor_id: int, at: datetime) -> bool:
    """End a rule from now on, or from when it would have begun; False when it has ended before."""
    earning.lock_rules([rule_id])
    newest = earning_queries.newest_version(rule_id)
    if newest.retired:
        return False
    newest.retired = True
    newest.in_force_from = max(filter(None, (newest.in_force_from, at)))
    earning.publish(newest, actor=f"user:{actor_id}", at=at)
    return True


def _refuse_earlier(version: RuleVersion, newest: RuleVersion) -> None:
    if version.in_force_from is None:
        raise InvalidDate(_("Write from when on this version is in force."))
    if newest.in_force_from and version.in_force_from < newest.in_force_from:
        raise InvalidDate(
            _("The version before it is in force from %(moment)s on; write that moment or a later.")
            % {"moment": date_format(newest.in_force_from, "DATETIME_FORMAT")}
        )
