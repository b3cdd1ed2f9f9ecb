"""The benchmark's own database on the server in DATABASE_URL; it is made and dropped again."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

NAME = "oscar_loyalty_benchmark"


@contextmanager
def fresh() -> Iterator[None]:
    """Give an empty shop; processes that are started meanwhile find it in DATABASE_URL."""
    from django.db import connection

    given = os.environ["DATABASE_URL"]
    connection.settings_dict["TEST"]["NAME"] = NAME
    print("Making an empty shop ...", flush=True)
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    os.environ["DATABASE_URL"] = f"{given.rpartition('/')[0]}/{NAME}"
    try:
        yield
    finally:
        os.environ["DATABASE_URL"] = given
        connection.creation.destroy_test_db(given.rpartition("/")[2], verbosity=0)


def run(*statements: str) -> None:
    """Run statements, each in a transaction of its own."""
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def plain():
    """A connection to the same database without Django between, that prepares statements or not."""
    import psycopg
    from django.db import connection

    params = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port", "prepare_threshold")
    made = psycopg.connect(**{name: params[name] for name in names if name in params})
    if not params.get("prepare_threshold"):
        made.cursor_factory = psycopg.ClientCursor
    return made


def fill(members: int, entries_each: int, *, days_ago: int = 0) -> None:
    """
    Fill an empty programme by a few statements: members with awarded orders, one a day.

    The last was so many `days_ago`.

    Foreign keys are not looked at meanwhile, or this would take longer than what is measured.
    """
    rows = f"generate_series(1, {members}) AS m, generate_series(1, {entries_each}) AS n"
    number = "m || '-' || n"
    at = f"now() - ({entries_each} - n + {days_ago}) * interval '1 day'"
    run(
        "SET session_replication_role = replica",
        "TRUNCATE oscar_loyalty_account, auth_user RESTART IDENTITY CASCADE",
        f"""INSERT INTO auth_user (username, email, password, first_name, last_name, is_staff,
                                   is_superuser, is_active, date_joined)
            SELECT 'member' || m, 'member' || m || '@example.com', '', '', '', false, false, true,
                   now() FROM generate_series(1, {members}) AS m""",
        f"""INSERT INTO oscar_loyalty_account (user_id, public_id, balance, pending, held, seq,
                                               joined_at)
            SELECT id, gen_random_uuid(), {entries_each * 10}, 0, 0, {entries_each}, now()
              FROM auth_user ORDER BY id""",
        """INSERT INTO oscar_loyalty_standing (account_id, since)
           SELECT id, now() FROM oscar_loyalty_account""",
        f"""INSERT INTO oscar_loyalty_entry (account_id, seq, kind, points, balance_after, key,
                order_number, reason, note, actor, posted_at, digest)
            SELECT m, n, 'earn', 10, n * 10, 'earn:' || {number}, {number}, '', '', '', {at},
                   md5({number}) FROM {rows} ORDER BY n, m""",
        """INSERT INTO oscar_loyalty_lot (account_id, entry_id, points, debt_paid, remaining, open,
                pending, earned_at)
           SELECT account_id, id, 10, 0, 10, true, false, posted_at
             FROM oscar_loyalty_entry ORDER BY id""",
        f"""INSERT INTO oscar_loyalty_award (account_id, order_number, points, carried,
                forgiven, base, kept_base, why, breakdown, available_at, matured, cancelled,
                placed_at, decided_at)
            SELECT m, {number}, 10, 10, 0, 10, 10, '',
                   '{{"rate": "1", "multiplier": "1", "lines": []}}', {at}, true, false, {at},
                   {at} FROM {rows} ORDER BY n, m""",
        f"""INSERT INTO oscar_loyalty_qualifyingevent (account_id, key, spend, points, orders,
                reduced, occurred_at)
            SELECT m, 'order:' || {number}, 10, 10, 1, false, {at} FROM {rows} ORDER BY n, m""",
        "SET session_replication_role = DEFAULT",
        "VACUUM ANALYZE",
    )
