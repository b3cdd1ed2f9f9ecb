"""Many rows at once, also of a model of Oscar's that a shop has added fields to."""

import pytest
from django.db import connection, models
from django.db.models.functions import Length
from django.test.utils import isolate_apps

from oscar_loyalty import bulk

# A table cannot be made in a transaction on SQLite.
pytestmark = pytest.mark.django_db(transaction=True)


class Loud(models.CharField):
    """A shop's own field, that does not write what it is given."""

    def get_prep_value(self, value):
        return value.upper()


@pytest.fixture
def table():
    """Make a table with a name, a document, and one more column."""
    made = []

    def make(**more):
        with isolate_apps("oscar_loyalty"):
            meta = type("Meta", (), {"app_label": "oscar_loyalty", "db_table": "a_shop_s_own"})
            columns = {"name": models.CharField(max_length=9), "notes": models.JSONField()}
            body = {"__module__": __name__, "Meta": meta, **columns, **more}
            model = type("Own", (models.Model,), body)
        with connection.schema_editor() as editor:
            editor.create_model(model)
        made.append(model)
        return model

    yield make
    with connection.schema_editor() as editor:
        for model in made:
            editor.delete_model(model)


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, {}),
        ({"word": Loud(max_length=9, default="loud")}, {"word": "LOUD"}),
        ({"place": models.IntegerField(db_default=7)}, {"place": 7}),
        (
            {
                "length": models.GeneratedField(
                    expression=Length("name"), output_field=models.IntegerField(), db_persist=True
                )
            },
            {"length": 3},
        ),
    ],
)
def test_rows_are_written_as_one_by_one(table, more, found):
    model = table(**more)
    given = {field: model._meta.get_field(field).default for field in ("word",) if field in more}
    rows = [{"name": name, "notes": {"of": name}, **given} for name in ("ann", "bob")]
    numbers = bulk.insert_numbered(model, rows)
    written = model.objects.in_bulk(numbers)
    assert [written[pk].name for pk in numbers] == ["ann", "bob"]
    for row in written.values():
        assert row.notes == {"of": row.name}
        assert {name: getattr(row, name) for name in found} == found
