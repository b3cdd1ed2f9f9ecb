import django.core.validators
import django.db.models.deletion
from decimal import Decimal
from django.db import migrations, models


REFUSE_CHANGES = """
CREATE TRIGGER oscar_loyalty_ruleversion_immutable BEFORE UPDATE OR DELETE
    ON oscar_loyalty_ruleversion FOR EACH ROW EXECUTE FUNCTION oscar_loyalty_refuse();
"""
ALLOW_CHANGES = "DROP TRIGGER oscar_loyalty_ruleversion_immutable ON oscar_loyalty_ruleversion;"


def _on_postgresql(sql):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(sql, params=None)

    return run


#: PostgreSQL alters no table while rows of it wait to be checked at the end of the transaction.
_check_now = _on_postgresql("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;")


def _write_first_versions(apps, schema_editor):
    """What the rules say by now, as if they had always said it."""
    versions = apps.get_model("oscar_loyalty", "RuleVersion").objects
    rules = apps.get_model("oscar_loyalty", "EarningRule").objects.order_by("pk")
    for rule in rules.select_related("programme"):
        rule.current = versions.create(
            rule=rule,
            number=1,
            published_at=rule.programme.starts_at,
            effect="excludes" if rule.excludes else "points",
            points=rule.extra_points,
            every=None if rule.excludes else 1,
            product_id=rule.product_id,
            category_id=rule.category_id,
            range_id=rule.range_id,
            expiry_months=rule.expiry_months,
        )
        rule.save(update_fields=["current"])
    _check_now(apps, schema_editor)


def _write_back(apps, schema_editor):
    """Rules keep what could be said before; those that say more are gone."""
    apps.get_model("oscar_loyalty", "RuleUse").objects.all().delete()
    versions = apps.get_model("oscar_loyalty", "RuleVersion").objects
    for rule in apps.get_model("oscar_loyalty", "EarningRule").objects.select_related("current"):
        said, rule.current = rule.current, None
        rule.excludes, rule.extra_points = said.effect == "excludes", said.points
        rule.expiry_months = said.expiry_months
        rule.product_id, rule.category_id = said.product_id, said.category_id
        rule.range_id = said.range_id
        rule.save()
        versions.filter(rule=rule).delete()
        targets = (said.product_id, said.category_id, said.range_id)
        simple = rule.excludes or (said.effect == "points" and said.every == 1)
        if said.retired or said.trigger != "order" or not any(targets) or not simple:
            rule.delete()
    _check_now(apps, schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '__first__'),
        ('offer', '__first__'),
        ('oscar_loyalty', '0021_flash_sales'),
    ]

    operations = [
        migrations.CreateModel(
            name='RuleUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=200)),
                ('given', models.BigIntegerField(verbose_name='points at first')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('used_at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='RuleVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('in_force_from', models.DateTimeField(blank=True, help_text='Orders placed from this moment on follow it. Only the first version may go without: then it also holds for older orders that are still to be awarded.', null=True, verbose_name='in force from')),
                ('published_at', models.DateTimeField(verbose_name='published')),
                ('actor', models.CharField(blank=True, default='', max_length=64, verbose_name='by')),
                ('retired', models.BooleanField(default=False, verbose_name='retired')),
                ('name', models.CharField(blank=True, help_text='For your colleagues only.', max_length=100, verbose_name='name')),
                ('trigger', models.CharField(choices=[('order', 'An order'), ('signup', 'Signing up'), ('review', 'A review of something that was bought'), ('birthday', 'A birthday'), ('action', 'An action that the shop reports')], default='order', max_length=16, verbose_name='what earns')),
                ('action', models.CharField(blank=True, default='', help_text="As the shop's own code reports it, such as newsletter.", max_length=64, verbose_name='code of the action')),
                ('effect', models.CharField(choices=[('points', 'Extra points'), ('per-money', 'Extra points for every amount spent'), ('multiplier', 'A multiple of the points'), ('excludes', 'No points at all')], default='points', max_length=16, verbose_name='gives')),
                ('points', models.PositiveIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(1000000)], verbose_name='extra points')),
                ('every', models.PositiveIntegerField(blank=True, help_text='Empty: once for the order, however many items.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)], verbose_name='for every so many items')),
                ('per_amount', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='for every amount of')),
                ('factor', models.DecimalField(blank=True, decimal_places=2, help_text="Of what the programme's rate gives; 2 doubles it.", max_digits=5, null=True, validators=[django.core.validators.MaxValueValidator(Decimal('100'))], verbose_name='times the points')),
                ('expiry_months', models.PositiveSmallIntegerField(blank=True, help_text='For what this rule gives; empty for as long as all other points.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)], verbose_name='months until these expire')),
                ('first_day', models.DateField(blank=True, null=True, verbose_name='first day')),
                ('last_day', models.DateField(blank=True, help_text='This day included, by the clock of the programme.', null=True, verbose_name='last day')),
                ('weekdays', models.JSONField(blank=True, default=list, verbose_name='weekdays')),
                ('from_time', models.TimeField(blank=True, null=True, verbose_name='from the hour')),
                ('until_time', models.TimeField(blank=True, help_text='Earlier than the first for hours that go through midnight.', null=True, verbose_name='until the hour')),
                ('tiers', models.JSONField(blank=True, default=list, verbose_name='tiers')),
                ('groups', models.JSONField(blank=True, default=list, verbose_name='customer groups')),
                ('languages', models.JSONField(blank=True, default=list, verbose_name='languages')),
                ('countries', models.JSONField(blank=True, default=list, verbose_name='countries that orders go to')),
                ('minimum', models.DecimalField(blank=True, decimal_places=2, default=Decimal('0'), help_text='What must have been paid for the goods of the order; 0 for any order.', max_digits=12, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='minimum spend')),
                ('nth_order', models.PositiveSmallIntegerField(blank=True, help_text='1 for the first; empty for any.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(10000)], verbose_name='which order of a customer')),
                ('cap_order', models.BigIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000000000000)], verbose_name='most points for an order')),
                ('cap_member', models.BigIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000000000000)], verbose_name='most points for a member')),
                ('cap_period', models.BigIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000000000000)], verbose_name='most points for a member in')),
                ('period', models.CharField(blank=True, choices=[('', '---------'), ('day', 'a day'), ('week', 'a week, from Monday'), ('month', 'a calendar month'), ('year', 'a calendar year')], default='', max_length=8, verbose_name='the time of')),
                ('budget', models.BigIntegerField(blank=True, help_text='All that the rule may give, in all of its versions together; what it gave before it had a limit does not count.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000000000000)], verbose_name='budget in points')),
                ('priority', models.IntegerField(default=0, help_text='Of equally specific rules the one with the higher priority comes first.', validators=[django.core.validators.MinValueValidator(-1000), django.core.validators.MaxValueValidator(1000)], verbose_name='priority')),
                ('stackable', models.BooleanField(default=True, help_text='Otherwise, of all such rules only the most specific gives something for a product: one for the product before one for a category, a range, and the whole order.', verbose_name='goes with other rules')),
            ],
            options={
                'verbose_name': 'earning rule',
                'verbose_name_plural': 'earning rules',
            },
        ),
        migrations.AlterModelOptions(
            name='earningrule',
            options={'default_permissions': ()},
        ),
        migrations.AddField(
            model_name='earningrule',
            name='used',
            field=models.BigIntegerField(default=0, editable=False, verbose_name='points used'),
        ),
        migrations.AddField(
            model_name='ruleuse',
            name='account',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rule_uses', to='oscar_loyalty.account'),
        ),
        migrations.AddField(
            model_name='ruleuse',
            name='rule',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='oscar_loyalty.earningrule'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='category',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalogue.category', verbose_name='category'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='product',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='Its number or its UPC; with a parent go all of its variants.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalogue.product', verbose_name='product'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='range',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='offer.range', verbose_name='range'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='rule',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='oscar_loyalty.earningrule'),
        ),
        migrations.AddField(
            model_name='earningrule',
            name='current',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='oscar_loyalty.ruleversion'),
        ),
        migrations.AddIndex(
            model_name='ruleuse',
            index=models.Index(fields=['source'], name='loyalty_ruleuse_source'),
        ),
        migrations.AddConstraint(
            model_name='ruleuse',
            constraint=models.UniqueConstraint(fields=('rule', 'source'), name='loyalty_ruleuse_once'),
        ),
        migrations.AddConstraint(
            model_name='ruleuse',
            constraint=models.CheckConstraint(condition=models.Q(('points__gte', 0), ('points__lte', models.F('given'))), name='loyalty_ruleuse_points'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.UniqueConstraint(fields=('rule', 'number'), name='loyalty_ruleversion_once'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('category', None), ('product', None)), models.Q(('product', None), ('range', None)), models.Q(('category', None), ('range', None)), _connector='OR'), name='loyalty_ruleversion_target'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('effect', 'excludes'), ('expiry_months', None), ('points', 0), ('trigger', 'order')), models.Q(('effect', 'points'), ('factor', None), ('per_amount', None), ('points__gt', 0)), models.Q(('effect', 'per-money'), ('per_amount__gt', 0), ('points__gt', 0), ('trigger', 'order')), models.Q(('effect', 'multiplier'), ('factor__gt', 1), ('factor__lte', 100), ('points', 0)), _connector='OR'), name='loyalty_ruleversion_effect'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(('every', None), ('every__gte', 1), _connector='OR'), name='loyalty_ruleversion_every'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(('expiry_months', None), models.Q(('expiry_months__gte', 1), ('expiry_months__lte', 120)), _connector='OR'), name='loyalty_ruleversion_months'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(('first_day', None), ('last_day', None), ('last_day__gte', models.F('first_day')), _connector='OR'), name='loyalty_ruleversion_days'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('from_time', None), ('until_time', None)), models.Q(('from_time__isnull', False), ('until_time__isnull', False), models.Q(('from_time', models.F('until_time')), _negated=True)), _connector='OR'), name='loyalty_ruleversion_hours'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cap_period', None), ('period', '')), models.Q(('cap_period__gte', 1), models.Q(('period', ''), _negated=True)), _connector='OR'), name='loyalty_ruleversion_period'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cap_order', None), ('cap_order__gte', 1), _connector='OR'), models.Q(('cap_member', None), ('cap_member__gte', 1), _connector='OR'), models.Q(('budget', None), ('budget__gte', 1), _connector='OR')), name='loyalty_ruleversion_limits'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('trigger', 'action'), models.Q(('action', ''), _negated=True)), models.Q(models.Q(('trigger', 'action'), _negated=True), ('action', '')), _connector='OR'), name='loyalty_ruleversion_action'),
        ),
        migrations.RunPython(_write_first_versions, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name='earningrule',
            name='loyalty_rule_one_target',
        ),
        migrations.RemoveConstraint(
            model_name='earningrule',
            name='loyalty_rule_one_effect',
        ),
        migrations.RemoveConstraint(
            model_name='earningrule',
            name='loyalty_rule_months',
        ),
        migrations.RunPython(migrations.RunPython.noop, _write_back),
        migrations.RemoveField(
            model_name='earningrule',
            name='category',
        ),
        migrations.RemoveField(
            model_name='earningrule',
            name='excludes',
        ),
        migrations.RemoveField(
            model_name='earningrule',
            name='expiry_months',
        ),
        migrations.RemoveField(
            model_name='earningrule',
            name='extra_points',
        ),
        migrations.RemoveField(
            model_name='earningrule',
            name='product',
        ),
        migrations.RemoveField(
            model_name='earningrule',
            name='range',
        ),
        migrations.AlterField(
            model_name='earningrule',
            name='programme',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='oscar_loyalty.programme'),
        ),
        migrations.RunPython(_on_postgresql(REFUSE_CHANGES), _on_postgresql(ALLOW_CHANGES)),
    ]
