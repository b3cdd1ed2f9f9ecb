import django.core.validators
import django.db.models.deletion
import i18nfield.fields
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offer', '__first__'),
        ('oscar_loyalty', '0014_reviews'),
    ]

    operations = [
        migrations.CreateModel(
            name='SurpriseDraw',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True, verbose_name='day')),
                ('seed', models.CharField(max_length=64, verbose_name='seed')),
                ('chance', models.DecimalField(decimal_places=2, max_digits=5, null=True, verbose_name='chance of a member in a month')),
                ('cost', models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name='cost of one')),
                ('candidates', models.PositiveIntegerField(null=True, verbose_name='candidates')),
                ('drawn', models.PositiveIntegerField(null=True, verbose_name='drawn')),
                ('finished_at', models.DateTimeField(null=True, verbose_name='finished')),
            ],
            options={
                'verbose_name': 'draw of surprises',
                'verbose_name_plural': 'draws of surprises',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('candidates', None), ('chance', None), ('cost', None), ('drawn', None), ('finished_at', None)), models.Q(('candidates__isnull', False), ('chance__isnull', False), ('cost__isnull', False), ('drawn__isnull', False), ('finished_at__isnull', False)), _connector='OR'), name='loyalty_draw_finished')],
            },
        ),
        migrations.CreateModel(
            name='Occasion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gives', models.CharField(choices=[('nothing', 'Nothing'), ('points', 'Points'), ('percentage', 'A coupon: percentage off goods'), ('amount', 'A coupon: amount off goods'), ('free-shipping', 'A coupon: free shipping'), ('gift', 'A coupon: one item of a range for free')], default='nothing', max_length=16, verbose_name='brings')),
                ('value', models.DecimalField(decimal_places=2, default=0, help_text='Points, per cent, or money; 0 for free shipping and for a gift.', max_digits=12, verbose_name='value')),
                ('minimum', models.DecimalField(decimal_places=2, default=0, help_text='What the goods must cost before discounts; 0 for any order.', max_digits=12, verbose_name='minimum spend')),
                ('valid_days', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='days the coupon is good for')),
                ('name', i18nfield.fields.I18nCharField(help_text='As the message says it.', verbose_name='name')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('what', models.CharField(choices=[('fixed', 'A date of its own'), ('new-year', 'New Year, 1 January'), ('nowruz', 'Nowruz'), ('yalda', 'Yalda, the evening of 30 Azar'), ('eid-al-fitr', 'Eid al-Fitr'), ('eid-al-adha', 'Eid al-Adha'), ('easter-western', 'Easter, western'), ('easter-orthodox', 'Easter, orthodox')], max_length=16, verbose_name='occasion')),
                ('month', models.PositiveSmallIntegerField(blank=True, choices=[(1, 'January'), (2, 'February'), (3, 'March'), (4, 'April'), (5, 'May'), (6, 'June'), (7, 'July'), (8, 'August'), (9, 'September'), (10, 'October'), (11, 'November'), (12, 'December')], null=True, verbose_name='month')),
                ('day', models.PositiveSmallIntegerField(blank=True, help_text='29 February is the 28th in other years.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)], verbose_name='day')),
                ('announced_date', models.DateField(blank=True, help_text='Where the day was announced otherwise than the calendar has it, as with the Eids. It counts for its own year, and the calendar for all others.', null=True, verbose_name='announced day')),
                ('days_ahead', models.PositiveSmallIntegerField(default=7, help_text='The message is sent so many days before; with 0 on the day itself.', validators=[django.core.validators.MaxValueValidator(60)], verbose_name='days ahead')),
                ('language', models.CharField(blank=True, default='', max_length=16, verbose_name='members who read')),
                ('range', models.ForeignKey(blank=True, db_constraint=False, help_text='Only its products are discounted, and count for the minimum; a gift is one of them.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='offer.range', verbose_name='range')),
                ('tier', models.ForeignKey(blank=True, help_text='Empty for the members of all tiers and of none.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='oscar_loyalty.tier', verbose_name='members of the tier')),
            ],
            options={
                'verbose_name': 'occasion',
                'verbose_name_plural': 'occasions',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('month__isnull', False), ('month__range', (1, 12)), ('what', 'fixed'), ('day__isnull', False), ('day__range', (1, 31))), models.Q(models.Q(('what', 'fixed'), _negated=True), ('day', None), ('month', None)), _connector='OR'), name='loyalty_occasion_day'), models.CheckConstraint(condition=models.Q(('days_ahead__lte', 60)), name='loyalty_occasion_ahead')],
            },
        ),
        migrations.CreateModel(
            name='SurpriseGift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('given_at', models.DateTimeField(null=True, verbose_name='given')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='surprises', to='oscar_loyalty.account', verbose_name='member')),
                ('draw', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='gifts', to='oscar_loyalty.surprisedraw', verbose_name='draw')),
            ],
            options={
                'verbose_name': 'surprise',
                'verbose_name_plural': 'surprises',
                'indexes': [models.Index(condition=models.Q(('given_at', None)), fields=['id'], name='loyalty_surprise_waiting')],
                'constraints': [models.UniqueConstraint(fields=('account', 'draw'), name='loyalty_surprise_once')],
            },
        ),
        migrations.CreateModel(
            name='SurpriseSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gives', models.CharField(choices=[('nothing', 'Nothing'), ('points', 'Points'), ('percentage', 'A coupon: percentage off goods'), ('amount', 'A coupon: amount off goods'), ('free-shipping', 'A coupon: free shipping'), ('gift', 'A coupon: one item of a range for free')], default='nothing', max_length=16, verbose_name='brings')),
                ('value', models.DecimalField(decimal_places=2, default=0, help_text='Points, per cent, or money; 0 for free shipping and for a gift.', max_digits=12, verbose_name='value')),
                ('minimum', models.DecimalField(decimal_places=2, default=0, help_text='What the goods must cost before discounts; 0 for any order.', max_digits=12, verbose_name='minimum spend')),
                ('valid_days', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='days the coupon is good for')),
                ('singleton', models.PositiveSmallIntegerField(default=1, editable=False, unique=True)),
                ('budget', models.DecimalField(decimal_places=2, help_text="In the programme's currency; in a calendar month surprises never cost more. Points cost what they are worth, and an amount off what it is.", max_digits=12, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1000000000)], verbose_name='budget a month')),
                ('chance', models.DecimalField(decimal_places=2, help_text='In per cent. There is a draw every day, and each has its part of the chance.', max_digits=5, validators=[django.core.validators.MinValueValidator(Decimal('0.01')), django.core.validators.MaxValueValidator(100)], verbose_name='chance of a member in a month')),
                ('least_days', models.PositiveSmallIntegerField(default=90, help_text='Nobody is surprised again before so many days have passed.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='days between two surprises')),
                ('assumed_cost', models.DecimalField(decimal_places=2, default=0, help_text='What one is taken to cost you, if it is a percentage off, free shipping or a gift; else 0.', max_digits=12, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(1000000)], verbose_name='cost of one')),
                ('range', models.ForeignKey(blank=True, db_constraint=False, help_text='Only its products are discounted, and count for the minimum; a gift is one of them.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='offer.range', verbose_name='range')),
            ],
            options={
                'verbose_name': 'settings of surprises',
                'verbose_name_plural': 'settings of surprises',
                'constraints': [models.CheckConstraint(condition=models.Q(('singleton', 1)), name='loyalty_surprise_one'), models.CheckConstraint(condition=models.Q(models.Q(('gives__in', ['points', 'amount']), ('value__gt', 0)), models.Q(('assumed_cost__gt', 0), ('gives__in', ['percentage', 'free-shipping', 'gift'])), _connector='OR'), name='loyalty_surprise_cost'), models.CheckConstraint(condition=models.Q(('budget__gte', 0), ('chance__gt', 0), ('chance__lte', 100), ('least_days__gte', 1)), name='loyalty_surprise_limits')],
            },
        ),
    ]
