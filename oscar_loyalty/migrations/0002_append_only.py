"""On PostgreSQL the database itself refuses to change what was posted."""

from django.db import migrations

REFUSE_CHANGES = """
CREATE FUNCTION oscar_loyalty_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'oscar_loyalty: % is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER oscar_loyalty_entry_append_only BEFORE UPDATE OR DELETE ON oscar_loyalty_entry
    FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
CREATE TRIGGER oscar_loyalty_draw_append_only BEFORE UPDATE OR DELETE ON oscar_loyalty_draw
    FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
CREATE TRIGGER oscar_loyalty_lot_kept BEFORE DELETE ON oscar_loyalty_lot
    FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
CREATE TRIGGER oscar_loyalty_lot_as_born
    BEFORE UPDATE OF account_id, entry_id, points, debt_paid, available_at, expires_at
    ON oscar_loyalty_lot FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
ALTER TABLE oscar_loyalty_account SET (fillfactor = 80);
ALTER TABLE oscar_loyalty_lot SET (fillfactor = 80);
"""
ALLOW_CHANGES = """
DROP TRIGGER oscar_loyalty_entry_append_only ON oscar_loyalty_entry;
DROP TRIGGER oscar_loyalty_draw_append_only ON oscar_loyalty_draw;
DROP TRIGGER oscar_loyalty_lot_kept ON oscar_loyalty_lot;
DROP TRIGGER oscar_loyalty_lot_as_born ON oscar_loyalty_lot;
DROP FUNCTION oscar_loyalty_refuse();
"""


def _on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("oscar_loyalty", "0001_initial")]

    operations = [
        migrations.RunPython(_on_postgresql(REFUSE_CHANGES), _on_postgresql(ALLOW_CHANGES))
    ]
