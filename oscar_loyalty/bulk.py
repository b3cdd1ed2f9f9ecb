"""Many new rows of one table at once."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import F, JSONField, Model, QuerySet

#: A new row: every column but the id, by attribute; all rows of a call in the same order.
Row = dict[str, Any]


def row_of(unsaved: Model) -> Row:
    """What saving a new instance would write, of a model none of whose fields sets itself then."""
    meta = ("_state", unsaved._meta.pk.attname)
    return {name: value for name, value in vars(unsaved).items() if name not in meta}


def rows_in(found: QuerySet[Any], *, without: Collection[str] = (), **beside: F) -> list[Row]:
    """The rows that a query finds, every column of theirs but those, and what is named beside."""
    names = [field.attname for field in found.model._meta.concrete_fields]
    kept = [name for name in names if name not in without]
    return list(found.order_by("pk").values(*kept, **beside))


def insert(model: type[Model], rows: Sequence[Row]) -> None:
    """
    Insert rows that nobody else inserts.

    By COPY on PostgreSQL: per row Django's own way costs the client several times as much.
    """
    if _can_copy(model):
        _copy(model, rows)
    else:
        _create(model, rows)


def insert_found(
    model: type[Model], columns: Sequence[str], found: str, params: Sequence[Any]
) -> None:
    """Insert the rows that a statement finds, which no client ever sees."""
    quoted = connection.ops.quote_name
    named = ", ".join(quoted(model._meta.get_field(name).column) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quoted(model._meta.db_table)} ({named}) {found}",
            params,
        )


def insert_numbered(model: type[Model], rows: Sequence[Row]) -> list[int]:
    """Insert rows that nobody else inserts, and return their ids."""
    if not _can_copy(model):
        return [created.pk for created in _create(model, rows)]
    # COPY returns nothing, so the ids are drawn first.
    numbers = _draw(model, len(rows))
    key = model._meta.pk.attname
    _copy(model, [{key: number, **row} for number, row in zip(numbers, rows, strict=True)])
    return numbers


def _can_copy(model: type[Model]) -> bool:
    """Whether the driver can, and Python's values can stand in every column as they are."""
    if not all(map(_is_plain, model._meta.concrete_fields)):
        return False
    with connection.cursor() as cursor:
        return hasattr(cursor, "copy")  # psycopg 2 and SQLite have none


def _is_plain(field: Any) -> bool:
    """Neither of a kind that a shop has added to a model of Oscar's, nor left to the database."""
    of_django = type(field).__module__.startswith(models.fields.__name__)
    return of_django and not (field.generated or field.has_db_default())


def _create(model: type[Model], rows: Sequence[Row]) -> list[Any]:
    return model._base_manager.bulk_create([model(**row) for row in rows])


def _copy(model: type[Model], rows: Sequence[Row]) -> None:
    if not rows:
        return
    quoted = connection.ops.quote_name
    fields = [model._meta.get_field(name) for name in rows[0]]
    documents = [(field.attname, field) for field in fields if isinstance(field, JSONField)]
    columns = ", ".join(quoted(field.column) for field in fields)
    statement = f"COPY {quoted(model._meta.db_table)} ({columns}) FROM STDIN"
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            for name, field in documents:
                row[name] = field.get_db_prep_save(row[name], connection)
            copy.write_row(list(row.values()))


def _draw(model: type[Model], count: int) -> list[int]:
    table, column = connection.ops.quote_name(model._meta.db_table), model._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            # As a subquery it is looked up once; else for each row, which costs more than drawing.
            """SELECT array_agg(nextval((SELECT pg_get_serial_sequence(%s, %s)::regclass)))
                 FROM generate_series(1, %s)""",
            [table, column, count],
        )
        return cursor.fetchone()[0] or []
