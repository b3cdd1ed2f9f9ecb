import django.core.serializers.json
import django.db.models.deletion
from django.db import migrations, models

#: All but the name of the actor, which can be forgotten.
REFUSE_CHANGES = """
CREATE TRIGGER oscar_loyalty_staffact_kept BEFORE DELETE ON oscar_loyalty_staffact
    FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
CREATE TRIGGER oscar_loyalty_staffact_as_written
    BEFORE UPDATE OF id, actor, at, words, subject, subject_id, subject_name, before, after
    ON oscar_loyalty_staffact FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
"""
ALLOW_CHANGES = """
DROP TRIGGER oscar_loyalty_staffact_kept ON oscar_loyalty_staffact;
DROP TRIGGER oscar_loyalty_staffact_as_written ON oscar_loyalty_staffact;
"""


def _on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return run


class Migration(migrations.Migration):

    dependencies = [
        ('oscar_loyalty', '0022_rules'),
    ]

    operations = [
        migrations.CreateModel(
            name='StaffAct',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('actor', models.CharField(max_length=150, verbose_name='by')),
                ('actor_name', models.CharField(blank=True, default='', max_length=254, verbose_name='name')),
                ('at', models.DateTimeField(verbose_name='date')),
                ('words', models.TextField(verbose_name='what was done')),
                ('subject', models.CharField(max_length=50, verbose_name='about')),
                ('subject_id', models.CharField(blank=True, default='', max_length=50)),
                ('subject_name', models.TextField(blank=True, default='')),
                ('before', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='before')),
                ('after', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder, verbose_name='after')),
            ],
            options={
                'verbose_name': 'act of staff',
                'verbose_name_plural': 'acts of staff',
                'default_permissions': (),
                'indexes': [models.Index(fields=['subject', 'subject_id'], name='loyalty_staffact_subject'), models.Index(fields=['actor'], name='loyalty_staffact_actor')],
            },
        ),
        migrations.AddField(
            model_name='programme',
            name='approve_above',
            field=models.PositiveIntegerField(blank=True, help_text="Whoever corrects a member's points by more waits until another of the staff, who may approve it, agrees. Empty: nobody has to agree.", null=True, verbose_name='corrections beyond so many points need a colleague'),
        ),
        migrations.CreateModel(
            name='AdjustmentRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('reason', models.CharField(max_length=64, verbose_name='reason')),
                ('note', models.TextField(blank=True, default='', verbose_name='note')),
                ('source', models.CharField(max_length=100, unique=True)),
                ('requested_by', models.CharField(max_length=150, verbose_name='asked by')),
                ('requested_at', models.DateTimeField(verbose_name='asked')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('approved', 'Approved'), ('refused', 'Refused')], default='waiting', max_length=20, verbose_name='state')),
                ('decided_by', models.CharField(blank=True, default='', max_length=150, verbose_name='decided by')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='decided')),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='adjustment_requests', to='oscar_loyalty.account', verbose_name='member')),
            ],
            options={
                'verbose_name': 'correction to approve',
                'verbose_name_plural': 'corrections to approve',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['id'], name='loyalty_adjustment_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(('points', 0), _negated=True), name='loyalty_adjustment_points'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', ''), ('state', 'waiting')), models.Q(('decided_at__isnull', False), ('state__in', ['approved', 'refused']), models.Q(('decided_by', ''), _negated=True), models.Q(('decided_by', models.F('requested_by')), _negated=True)), _connector='OR'), name='loyalty_adjustment_decided')],
            },
        ),
        migrations.RunPython(_on_postgresql(REFUSE_CHANGES), _on_postgresql(ALLOW_CHANGES)),
    ]
