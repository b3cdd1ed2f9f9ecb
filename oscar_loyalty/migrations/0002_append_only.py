"""On PostgreSQL the database itself refuses to change what was posted."""

from django.db import migrations

#: An entry may lose its note, for that may name somebody; nothing else ever changes.
REFUSE = """
CREATE FUNCTION oscar_loyalty_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'oscar_loyalty_entry' THEN
        IF to_jsonb(OLD) ->> 'note' <> '' AND to_jsonb(NEW) ->> 'note' = ''
           AND to_jsonb(NEW) - 'note' - 'digest' = to_jsonb(OLD) - 'note' - 'digest' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'oscar_loyalty: % is append-only', TG_TABLE_NAME;
END $$;
"""
LEDGER = """
CREATE TRIGGER oscar_loyalty_entry_append_only BEFORE UPDATE OR DELETE ON oscar_loyalty_entry
    FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
CREATE TRIGGER oscar_loyalty_draw_append_only BEFORE UPDATE OR DELETE ON oscar_loyalty_draw
    FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
CREATE TRIGGER oscar_loyalty_lot_kept BEFORE DELETE ON oscar_loyalty_lot
    FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
CREATE TRIGGER oscar_loyalty_lot_as_born
    BEFORE UPDATE OF account_id, entry_id, points, debt_paid, available_at, expires_at
    ON oscar_loyalty_lot FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
CREATE TRIGGER oscar_loyalty_lot_age BEFORE UPDATE OF earned_at
    ON oscar_loyalty_lot FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
"""
#: Once points can be spent, it is over: when they expire may depend on it.
MATURITY = """
CREATE TRIGGER oscar_loyalty_lot_maturity BEFORE UPDATE OF matured_at
    ON oscar_loyalty_lot FOR EACH ROW
    WHEN (NOT OLD.pending AND OLD.matured_at IS DISTINCT FROM NEW.matured_at)
    EXECUTE FUNCTION oscar_loyalty_refuse();
"""
#: Of what staff did, the name of the actor can be forgotten.
SAID_AND_DONE = """
CREATE TRIGGER oscar_loyalty_ruleversion_immutable BEFORE UPDATE OR DELETE
    ON oscar_loyalty_ruleversion FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
CREATE TRIGGER oscar_loyalty_staffact_kept BEFORE DELETE ON oscar_loyalty_staffact
    FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
CREATE TRIGGER oscar_loyalty_staffact_as_written
    BEFORE UPDATE OF id, actor, at, words, subject, subject_id, subject_name, before, after
    ON oscar_loyalty_staffact FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
"""
#: Rows that are rewritten often find room beside themselves.
ROOM = """
ALTER TABLE oscar_loyalty_account SET (fillfactor = 80);
ALTER TABLE oscar_loyalty_lot SET (fillfactor = 80);
"""
ALLOW_CHANGES = "DROP FUNCTION oscar_loyalty_refuse() CASCADE;"


def _on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("oscar_loyalty", "0001_initial")]

    operations = [
        migrations.RunPython(
            _on_postgresql(REFUSE + LEDGER + MATURITY + SAID_AND_DONE + ROOM),
            _on_postgresql(ALLOW_CHANGES),
        )
    ]
