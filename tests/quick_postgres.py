"""What keeps PostgreSQL quick through thousands of tests, and changes nothing of what they see."""

from django.core.management.color import Style
from django.db import connection


def flush_by_delete() -> None:
    """
    Empty tables between tests by DELETE: TRUNCATE makes the files of every table anew.

    Only whoever may do everything can pass by keys and triggers; others go on truncating.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        (may_do_everything,) = cursor.fetchone()
    if may_do_everything:
        connection.ops.sql_flush = _deletes


def _deletes(style: Style, tables: list[str], **kwargs: bool) -> list[str]:
    deletes = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables]
    return ["SET LOCAL session_replication_role = replica", *deletes]


def clear_dead_rows() -> None:
    """Vacuum what was rolled back or deleted, for every query wades through it; no transaction."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_user_tables WHERE n_dead_tup > 500")
        for (table,) in cursor.fetchall():
            cursor.execute(f'VACUUM "{table}"')
