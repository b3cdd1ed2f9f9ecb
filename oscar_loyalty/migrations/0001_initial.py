import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import i18nfield.fields
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ("catalogue", "__first__"),
        ("offer", "__first__"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TierReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('changes', models.PositiveIntegerField()),
                ('finished_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='TierPercentageBenefit',
            fields=[
            ],
            options={
                'verbose_name': 'percentage of a tier',
                'verbose_name_plural': 'percentages of tiers',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('offer.benefit',),
        ),
        migrations.CreateModel(
            name='TierShippingBenefit',
            fields=[
            ],
            options={
                'verbose_name': 'shipping benefit of a tier',
                'verbose_name_plural': 'shipping benefits of tiers',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('offer.benefit',),
        ),
        migrations.CreateModel(
            name='TierCondition',
            fields=[
            ],
            options={
                'verbose_name': 'tier condition',
                'verbose_name_plural': 'tier conditions',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('offer.condition',),
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='member number')),
                ('balance', models.BigIntegerField(default=0, editable=False, verbose_name='balance')),
                ('pending', models.BigIntegerField(default=0, editable=False, verbose_name='pending')),
                ('held', models.BigIntegerField(default=0, editable=False, verbose_name='held')),
                ('seq', models.BigIntegerField(default=0, editable=False, verbose_name='number of entries')),
                ('joined_at', models.DateTimeField(verbose_name='member since')),
                ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='loyalty_account', to=settings.AUTH_USER_MODEL, verbose_name='customer')),
            ],
            options={
                'verbose_name': 'member',
                'verbose_name_plural': 'members',
                'permissions': [('adjust_points', "Can adjust a member's points")],
            },
        ),
        migrations.CreateModel(
            name='Award',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_number', models.CharField(max_length=128, verbose_name='order number')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('carried', models.BigIntegerField(verbose_name='points carried now')),
                ('base', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='amount that counted')),
                ('why', models.CharField(blank=True, choices=[('other-currency', 'The order is in another currency.'), ('below-minimum', 'The order is below the minimum.'), ('nothing-counts', 'Nothing in the order earns points.'), ('beyond-limit', 'The order would earn more points than can be booked.'), ('switched-off', 'The programme was switched off.')], max_length=16, verbose_name='why none')),
                ('breakdown', models.JSONField(verbose_name='breakdown')),
                ('available_at', models.DateTimeField(null=True, verbose_name='spendable from')),
                ('matured', models.BooleanField(verbose_name='spendable')),
                ('cancelled', models.BooleanField(default=False, verbose_name='cancelled')),
                ('placed_at', models.DateTimeField(verbose_name='order date')),
                ('decided_at', models.DateTimeField(verbose_name='decided')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='oscar_loyalty.account')),
            ],
            options={
                'verbose_name': 'award',
                'verbose_name_plural': 'awards',
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.BigIntegerField(verbose_name='number')),
                ('kind', models.CharField(choices=[('earn', 'Order'), ('bonus', 'Bonus'), ('restore', 'Order reinstated'), ('claw', 'Order taken back'), ('adj', 'Correction')], max_length=16, verbose_name='kind')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('balance_after', models.BigIntegerField(verbose_name='balance after')),
                ('key', models.CharField(max_length=200, verbose_name='key')),
                ('order_number', models.CharField(blank=True, default='', max_length=128, verbose_name='order number')),
                ('reason', models.CharField(blank=True, default='', max_length=64, verbose_name='reason')),
                ('note', models.TextField(blank=True, default='', verbose_name='note')),
                ('actor', models.CharField(blank=True, default='', max_length=150, verbose_name='posted by')),
                ('posted_at', models.DateTimeField(verbose_name='date')),
                ('digest', models.CharField(editable=False, max_length=32)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='oscar_loyalty.account', verbose_name='member')),
            ],
            options={
                'verbose_name': 'entry',
                'verbose_name_plural': 'entries',
            },
        ),
        migrations.CreateModel(
            name='Lot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', models.BigIntegerField()),
                ('debt_paid', models.BigIntegerField(default=0)),
                ('remaining', models.BigIntegerField()),
                ('open', models.BooleanField()),
                ('pending', models.BooleanField(default=False)),
                ('available_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='oscar_loyalty.account')),
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='lot', to='oscar_loyalty.entry')),
            ],
        ),
        migrations.CreateModel(
            name='Draw',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', models.BigIntegerField()),
                ('entry', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='draws', to='oscar_loyalty.entry')),
                ('lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='draws', to='oscar_loyalty.lot')),
            ],
        ),
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('singleton', models.PositiveSmallIntegerField(default=1, editable=False, unique=True)),
                ('name', i18nfield.fields.I18nCharField(help_text='Shown to shoppers, in each language of the shop.', verbose_name='name')),
                ('active', models.BooleanField(default=True, help_text='While switched off, orders earn nothing.', verbose_name='active')),
                ('starts_at', models.DateTimeField(help_text='Orders placed before this moment earn only through loyalty_backfill.', verbose_name='start')),
                ('currency', models.CharField(help_text='Orders in other currencies earn nothing.', max_length=12, verbose_name='currency')),
                ('time_zone', models.CharField(default='UTC', max_length=64, verbose_name='time zone')),
                ('earn_points', models.PositiveIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000000)], verbose_name='points earned')),
                ('earn_amount', models.DecimalField(decimal_places=2, default=Decimal('1.00'), help_text="Money, in the programme's currency.", max_digits=12, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='for every')),
                ('base', models.CharField(choices=[('incl-tax', 'Price paid, with tax'), ('excl-tax', 'Price paid, without tax')], default='incl-tax', max_length=16, verbose_name='counted on')),
                ('counts_shipping', models.BooleanField(default=False, verbose_name='shipping earns points too')),
                ('minimum_order', models.DecimalField(decimal_places=2, default=Decimal('0.00'), help_text='Orders that count for less than this earn nothing.', max_digits=12, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='minimum order')),
                ('signup_points', models.PositiveIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(1000000)], verbose_name='points for signing up')),
                ('value_points', models.PositiveIntegerField(default=100, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000000)], verbose_name='this many points')),
                ('value_amount', models.DecimalField(decimal_places=2, default=Decimal('1.00'), max_digits=12, validators=[django.core.validators.MinValueValidator(Decimal('0.01'))], verbose_name='are worth')),
                ('spendable', models.CharField(choices=[('at-once', 'At once'), ('after-days', 'After a number of days'), ('on-status', 'When the order reaches a status')], default='at-once', max_length=16, verbose_name='points become spendable')),
                ('spendable_after_days', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(3650)], verbose_name='days until spendable')),
                ('spendable_status', models.CharField(blank=True, default='', max_length=100, verbose_name='order status that makes points spendable')),
                ('measure', models.CharField(choices=[('spend', 'Money spent'), ('points', 'Points earned with orders'), ('orders', 'Number of orders')], default='spend', max_length=16, verbose_name='tiers are reached by')),
                ('window', models.CharField(choices=[('rolling', 'The last months'), ('calendar-year', 'The calendar year'), ('lifetime', 'All time')], default='rolling', max_length=16, verbose_name='counted over')),
                ('window_months', models.PositiveSmallIntegerField(default=12, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)], verbose_name='months counted')),
                ('downgrade', models.CharField(choices=[('never', 'Never'), ('one-rung', 'One tier at a time'), ('to-qualified', 'To the tier that is qualified for')], default='to-qualified', max_length=16, verbose_name='tiers are lost')),
                ('grace_days', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(3650)], verbose_name='days of grace before a tier is lost')),
            ],
            options={
                'verbose_name': 'programme',
                'verbose_name_plural': 'programme',
                'constraints': [models.CheckConstraint(condition=models.Q(('singleton', 1)), name='loyalty_programme_single'), models.CheckConstraint(condition=models.Q(('earn_amount__gt', 0), ('earn_points__gt', 0), ('value_amount__gt', 0), ('value_points__gt', 0)), name='loyalty_programme_rates'), models.CheckConstraint(condition=models.Q(('minimum_order__gte', 0), ('window_months__gt', 0)), name='loyalty_programme_limits')],
            },
        ),
        migrations.CreateModel(
            name='EarningRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('excludes', models.BooleanField(default=False, verbose_name='earns nothing')),
                ('extra_points', models.PositiveIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(1000000)], verbose_name='extra points per item')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.category', verbose_name='category')),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='catalogue.product', verbose_name='product')),
                ('range', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='offer.range', verbose_name='range')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='oscar_loyalty.programme')),
            ],
            options={
                'verbose_name': 'earning rule',
                'verbose_name_plural': 'earning rules',
            },
        ),
        migrations.CreateModel(
            name='QualifyingEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('spend', models.DecimalField(decimal_places=2, max_digits=14)),
                ('points', models.BigIntegerField()),
                ('orders', models.SmallIntegerField()),
                ('occurred_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='qualifying_events', to='oscar_loyalty.account')),
            ],
        ),
        migrations.CreateModel(
            name='Tier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', i18nfield.fields.I18nCharField(verbose_name='name')),
                ('rank', models.PositiveSmallIntegerField(help_text='1 is the lowest tier; the highest rank is the best.', unique=True, verbose_name='rank')),
                ('colour', models.CharField(default='#6c757d', max_length=7, validators=[django.core.validators.RegexValidator('^#[0-9a-fA-F]{6}$', 'Write a colour such as #d4af37.')], verbose_name='colour')),
                ('threshold', models.DecimalField(decimal_places=2, help_text='Spend, points or orders that reach this tier, as the programme says.', max_digits=12, validators=[django.core.validators.MinValueValidator(Decimal('0'))], verbose_name='threshold')),
                ('kept_for_ever', models.BooleanField(default=False, help_text='Who has reached it never falls below it.', verbose_name='kept for ever')),
            ],
            options={
                'verbose_name': 'tier',
                'verbose_name_plural': 'tiers',
                'ordering': ['rank'],
                'constraints': [models.CheckConstraint(condition=models.Q(('threshold__gte', 0)), name='loyalty_tier_threshold')],
            },
        ),
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('below_since', models.DateField(null=True, verbose_name='below the threshold since')),
                ('pinned_tier', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='oscar_loyalty.tier', verbose_name='set by staff')),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='standing', to='oscar_loyalty.account')),
                ('tier', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='oscar_loyalty.tier')),
            ],
            options={
                'verbose_name': 'standing',
                'verbose_name_plural': 'standings',
            },
        ),
        migrations.CreateModel(
            name='TierBenefit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('multiplier', 'Points are multiplied by'), ('free-shipping', 'Free shipping'), ('shipping-percentage', 'Percentage off shipping'), ('shipping-amount', 'Amount off shipping'), ('percentage', 'Percentage off the products of a range')], max_length=20, verbose_name='kind')),
                ('value', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(Decimal('0.01')), django.core.validators.MaxValueValidator(Decimal('1000000'))], verbose_name='value')),
                ('shipping_methods', models.CharField(blank=True, default='', help_text='Codes of the shipping methods, separated by commas; empty for all.', max_length=255, verbose_name='shipping methods')),
                ('range', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='offer.range', verbose_name='range')),
                ('tier', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='benefits', to='oscar_loyalty.tier', verbose_name='tier')),
            ],
            options={
                'verbose_name': 'tier benefit',
                'verbose_name_plural': 'tier benefits',
            },
        ),
        migrations.CreateModel(
            name='MadeOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('offer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='offer.conditionaloffer')),
                ('benefit', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='made', to='oscar_loyalty.tierbenefit')),
            ],
        ),
        migrations.CreateModel(
            name='TierChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_name', models.CharField(blank=True, max_length=255, verbose_name='from')),
                ('to_name', models.CharField(blank=True, max_length=255, verbose_name='to')),
                ('reason', models.CharField(choices=[('qualified', 'Threshold reached'), ('no-longer-qualified', 'No longer above the threshold'), ('staff', 'Set by staff')], max_length=20, verbose_name='reason')),
                ('threshold', models.DecimalField(decimal_places=2, max_digits=14, null=True, verbose_name='threshold')),
                ('actor', models.CharField(blank=True, default='', max_length=150, verbose_name='by')),
                ('changed_at', models.DateTimeField(verbose_name='date')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tier_changes', to='oscar_loyalty.account')),
                ('from_tier', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='oscar_loyalty.tier')),
                ('to_tier', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='oscar_loyalty.tier')),
            ],
            options={
                'verbose_name': 'tier change',
                'verbose_name_plural': 'tier changes',
            },
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('held__gte', 0)), name='loyalty_account_held'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('seq__gte', 0)), name='loyalty_account_seq'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('pending', 0), models.Q(('pending__gt', 0), ('pending__lte', models.F('balance'))), _connector='OR'), name='loyalty_account_pending'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('balance__gte', -1000000000000000), ('balance__lte', 1000000000000000)), name='loyalty_account_balance'),
        ),
        migrations.AddConstraint(
            model_name='award',
            constraint=models.UniqueConstraint(fields=('order_number',), name='loyalty_award_once'),
        ),
        migrations.AddConstraint(
            model_name='award',
            constraint=models.CheckConstraint(condition=models.Q(('carried__gte', 0), ('carried__lte', models.F('points')), ('points__gte', 0)), name='loyalty_award_points'),
        ),
        migrations.AddConstraint(
            model_name='award',
            constraint=models.CheckConstraint(condition=models.Q(('cancelled', False), ('carried', 0), _connector='OR'), name='loyalty_award_cancelled'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('order_number', ''), _negated=True), fields=['order_number'], name='loyalty_entry_order'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('key',), name='loyalty_entry_once'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.UniqueConstraint(fields=('account', 'seq'), name='loyalty_entry_gapless'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('seq__gt', 0)), name='loyalty_entry_seq'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['earn', 'bonus', 'restore']), ('points__gt', 0)), models.Q(('kind', 'claw'), ('points__lt', 0)), models.Q(('kind', 'adj'), models.Q(('points', 0), _negated=True)), _connector='OR'), name='loyalty_entry_sign'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('points__gte', -1000000000000), ('points__lte', 1000000000000)), name='loyalty_entry_points'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('key', django.db.models.functions.text.Concat(models.Value('earn:'), models.F('order_number'))), ('kind', 'earn')), models.Q(('key__startswith', 'claw:'), ('kind', 'claw')), models.Q(('key__startswith', 'restore:'), ('kind', 'restore')), models.Q(('key__startswith', 'bonus:'), ('kind', 'bonus')), models.Q(('key__startswith', 'adj:'), ('kind', 'adj')), _connector='OR'), name='loyalty_entry_key'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('open', True)), fields=['account', 'expires_at', 'id'], name='loyalty_lot_draw'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('pending', True)), fields=['available_at', 'account'], name='loyalty_lot_pending'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('debt_paid__gte', 0), ('points__gt', 0), ('remaining__gte', 0), ('remaining__lte', django.db.models.expressions.CombinedExpression(models.F('points'), '-', models.F('debt_paid')))), name='loyalty_lot_remaining'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('open', True), ('remaining__gt', 0)), models.Q(('open', False), ('remaining', 0)), _connector='OR'), name='loyalty_lot_open'),
        ),
        migrations.AddConstraint(
            model_name='draw',
            constraint=models.UniqueConstraint(fields=('entry', 'lot'), name='loyalty_draw_once'),
        ),
        migrations.AddConstraint(
            model_name='draw',
            constraint=models.CheckConstraint(condition=models.Q(('points__gt', 0)), name='loyalty_draw_points'),
        ),
        migrations.AddConstraint(
            model_name='earningrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('category__isnull', True), ('product__isnull', False), ('range__isnull', True)), models.Q(('category__isnull', False), ('product__isnull', True), ('range__isnull', True)), models.Q(('category__isnull', True), ('product__isnull', True), ('range__isnull', False)), _connector='OR'), name='loyalty_rule_one_target'),
        ),
        migrations.AddConstraint(
            model_name='earningrule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('excludes', True), ('extra_points', 0)), models.Q(('excludes', False), ('extra_points__gt', 0)), _connector='OR'), name='loyalty_rule_one_effect'),
        ),
        migrations.AddIndex(
            model_name='qualifyingevent',
            index=models.Index(fields=['account', 'occurred_at'], name='loyalty_qualifying'),
        ),
        migrations.AddConstraint(
            model_name='qualifyingevent',
            constraint=models.UniqueConstraint(fields=('key',), name='loyalty_qualifying_once'),
        ),
        migrations.AddConstraint(
            model_name='tierbenefit',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'multiplier')), fields=('tier',), name='loyalty_benefit_multiplier'),
        ),
        migrations.AddConstraint(
            model_name='tierbenefit',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['free-shipping', 'shipping-percentage', 'shipping-amount'])), fields=('tier',), name='loyalty_benefit_shipping'),
        ),
        migrations.AddConstraint(
            model_name='tierbenefit',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'free-shipping'), ('value__gt', 0), _connector='OR'), name='loyalty_benefit_value'),
        ),
        migrations.AddIndex(
            model_name='tierchange',
            index=models.Index(fields=['account', 'changed_at'], name='loyalty_tierchange'),
        ),
    ]
