import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oscar_loyalty', '0024_hold_outs_and_gone_offers'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProgrammeDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='For your colleagues only.', max_length=100, verbose_name='name')),
                ('begun_from', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('says', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('spent_share', models.PositiveSmallIntegerField(default=75, help_text='In percent of what members could spend; the rest waits until it expires.', validators=[django.core.validators.MaxValueValidator(100)], verbose_name='part of the points that is spent')),
                ('spent_after', models.PositiveSmallIntegerField(default=3, help_text='From the day on which they can be; what expires before is not spent at all.', validators=[django.core.validators.MaxValueValidator(120)], verbose_name='months until they are spent')),
                ('created_by', models.CharField(max_length=150, verbose_name='by')),
                ('created_at', models.DateTimeField(verbose_name='begun')),
                ('changed_at', models.DateTimeField(verbose_name='changed')),
                ('published_at', models.DateTimeField(null=True, verbose_name='published')),
            ],
            options={
                'verbose_name': 'draft of the programme',
                'verbose_name_plural': 'drafts of the programme',
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('spent_after__lte', 120), ('spent_share__lte', 100)), name='loyalty_draft_assumed')],
            },
        ),
        migrations.CreateModel(
            name='Simulation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('draft_says', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('programme_says', models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('spent_share', models.PositiveSmallIntegerField(default=75, help_text='In percent of what members could spend; the rest waits until it expires.', validators=[django.core.validators.MaxValueValidator(100)], verbose_name='part of the points that is spent')),
                ('spent_after', models.PositiveSmallIntegerField(default=3, help_text='From the day on which they can be; what expires before is not spent at all.', validators=[django.core.validators.MaxValueValidator(120)], verbose_name='months until they are spent')),
                ('first', models.DateField(verbose_name='from')),
                ('last', models.DateField(verbose_name='to')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=10, verbose_name='state')),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('leased_until', models.DateTimeField(null=True)),
                ('orders_done', models.PositiveIntegerField(default=0, verbose_name='orders replayed')),
                ('orders', models.PositiveIntegerField(verbose_name='orders')),
                ('results', models.JSONField(null=True)),
                ('asked_by', models.CharField(max_length=150, verbose_name='by')),
                ('asked_at', models.DateTimeField(verbose_name='asked')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended')),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='simulations', to='oscar_loyalty.programmedraft')),
            ],
            options={
                'verbose_name': 'simulation',
                'verbose_name_plural': 'simulations',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['id'], name='loyalty_simulation_due')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['waiting', 'running'])), fields=('draft',), name='loyalty_simulation_one_of_a_draft'), models.CheckConstraint(condition=models.Q(('last__gte', models.F('first'))), name='loyalty_simulation_days'), models.CheckConstraint(condition=models.Q(models.Q(('results__isnull', False), ('state', 'done')), models.Q(models.Q(('state', 'done'), _negated=True), ('results__isnull', True)), _connector='OR'), name='loyalty_simulation_results'), models.CheckConstraint(condition=models.Q(('spent_after__lte', 120), ('spent_share__lte', 100)), name='loyalty_simulation_assumed')],
            },
        ),
    ]
