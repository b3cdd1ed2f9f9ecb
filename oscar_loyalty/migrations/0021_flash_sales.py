import django.core.validators
import django.db.models.deletion
import i18nfield.fields
import oscar_loyalty.offers.owners
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '__first__'),
        ('offer', '__first__'),
        ('oscar_loyalty', '0020_reports'),
    ]

    operations = [
        migrations.CreateModel(
            name='FlashSaleBenefit',
            fields=[
            ],
            options={
                'verbose_name': 'flash sale price',
                'verbose_name_plural': 'flash sale prices',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('offer.benefit',),
        ),
        migrations.CreateModel(
            name='FlashSaleCondition',
            fields=[
            ],
            options={
                'verbose_name': 'flash sale condition',
                'verbose_name_plural': 'flash sale conditions',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=(oscar_loyalty.offers.owners.AsksTheOwner, 'offer.condition'),
        ),
        migrations.CreateModel(
            name='FlashSale',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', i18nfield.fields.I18nCharField(help_text='As shoppers read it.', verbose_name='name')),
                ('active', models.BooleanField(default=True, help_text='Switched off, only who is paying already gets the price.', verbose_name='active')),
                ('kind', models.CharField(choices=[('price', 'A price'), ('percentage', 'A percentage off')], default='price', max_length=16, verbose_name='kind')),
                ('value', models.DecimalField(decimal_places=2, help_text='What one costs, as your shop shows prices; or per cent off it.', max_digits=12, verbose_name='value')),
                ('currency', models.CharField(max_length=12, verbose_name='currency')),
                ('starts_at', models.DateTimeField(help_text='For everybody.', verbose_name='begins')),
                ('ends_at', models.DateTimeField(verbose_name='ends')),
                ('tiers_only', models.BooleanField(default=False, help_text='Else everybody may buy, guests too, and those tiers before all others.', verbose_name='only for the tiers below')),
                ('units', models.PositiveIntegerField(help_text='So many are sold at this price.', verbose_name='units')),
                ('per_customer', models.PositiveSmallIntegerField(blank=True, default=1, help_text='In all orders together, for guests in one order; empty for any number.', null=True, verbose_name='units for one customer')),
                ('payment_minutes', models.PositiveSmallIntegerField(default=30, help_text='More than your bank allows: after that, units of an unpaid order come back.', validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(1440)], verbose_name='minutes for a payment')),
                ('announced', models.BooleanField(default=False, help_text='By the message about flash sales, as soon as a member may buy.', verbose_name='announce it')),
                ('settled_at', models.DateTimeField(editable=False, null=True, verbose_name='settled')),
                ('offer', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='offer.conditionaloffer')),
                ('product', models.ForeignKey(blank=True, db_constraint=False, help_text='Its number or its UPC; with a parent go all of its variants.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalogue.product', verbose_name='product')),
                ('range', models.ForeignKey(blank=True, db_constraint=False, help_text='Instead of a product; the units are shared by all of its products.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='offer.range', verbose_name='range')),
            ],
            options={
                'verbose_name': 'flash sale',
                'verbose_name_plural': 'flash sales',
            },
        ),
        migrations.CreateModel(
            name='FlashSaleTier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hours', models.PositiveSmallIntegerField(default=24, help_text='Members of better tiers never buy later than these.', validators=[django.core.validators.MaxValueValidator(720)], verbose_name='hours before everybody')),
                ('sale', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='early', to='oscar_loyalty.flashsale')),
                ('tier', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='oscar_loyalty.tier', verbose_name='tier')),
            ],
            options={
                'verbose_name': 'tier that buys first',
                'verbose_name_plural': 'tiers that buy first',
            },
        ),
        migrations.CreateModel(
            name='FlashSaleUnit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('free', 'Free'), ('claimed', 'Being paid'), ('lapsed', 'Came back'), ('sold', 'Sold')], default='free', max_length=8, verbose_name='state')),
                ('basket_id', models.BigIntegerField(null=True, verbose_name='basket')),
                ('line_id', models.BigIntegerField(null=True)),
                ('off', models.DecimalField(decimal_places=2, max_digits=12, null=True, verbose_name='taken off')),
                ('order_number', models.CharField(blank=True, default='', max_length=128, verbose_name='order number')),
                ('claimed_at', models.DateTimeField(null=True, verbose_name='claimed')),
                ('expires_at', models.DateTimeField(null=True, verbose_name='kept until')),
                ('account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='flash_sale_units', to='oscar_loyalty.account', verbose_name='member')),
                ('sale', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='stock', to='oscar_loyalty.flashsale')),
            ],
            options={
                'verbose_name': 'unit of a flash sale',
                'verbose_name_plural': 'units of flash sales',
                'default_permissions': (),
            },
        ),
        migrations.AddConstraint(
            model_name='flashsale',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='loyalty_flashsale_times'),
        ),
        migrations.AddConstraint(
            model_name='flashsale',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('product__isnull', False), ('range', None)), models.Q(('product', None), ('range__isnull', False)), _connector='OR'), name='loyalty_flashsale_what'),
        ),
        migrations.AddConstraint(
            model_name='flashsale',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'price'), ('value__gt', 0)), models.Q(('kind', 'percentage'), ('value__gt', 0), ('value__lte', 100)), _connector='OR'), name='loyalty_flashsale_value'),
        ),
        migrations.AddConstraint(
            model_name='flashsale',
            constraint=models.CheckConstraint(condition=models.Q(('units__gte', 1), ('units__lte', 10000)), name='loyalty_flashsale_units'),
        ),
        migrations.AddConstraint(
            model_name='flashsale',
            constraint=models.CheckConstraint(condition=models.Q(('per_customer', None), ('per_customer__gte', 1), _connector='OR'), name='loyalty_flashsale_per_customer'),
        ),
        migrations.AddConstraint(
            model_name='flashsaletier',
            constraint=models.UniqueConstraint(fields=('sale', 'tier'), name='loyalty_flashsaletier_once'),
        ),
        migrations.AddConstraint(
            model_name='flashsaletier',
            constraint=models.CheckConstraint(condition=models.Q(('hours__lte', 720)), name='loyalty_flashsaletier_hours'),
        ),
        migrations.AddIndex(
            model_name='flashsaleunit',
            index=models.Index(fields=['sale', 'state'], name='loyalty_flashsaleunit_stock'),
        ),
        migrations.AddIndex(
            model_name='flashsaleunit',
            index=models.Index(condition=models.Q(('basket_id__isnull', False)), fields=['basket_id'], name='loyalty_flashsaleunit_basket'),
        ),
        migrations.AddIndex(
            model_name='flashsaleunit',
            index=models.Index(condition=models.Q(('order_number', ''), _negated=True), fields=['order_number'], name='loyalty_flashsaleunit_order'),
        ),
        migrations.AddConstraint(
            model_name='flashsaleunit',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account', None), ('basket_id', None), ('order_number', ''), ('state', 'free')), models.Q(('basket_id__isnull', False), ('claimed_at__isnull', False), ('expires_at__isnull', False), ('order_number', ''), ('state', 'claimed')), models.Q(('basket_id__isnull', False), ('state', 'lapsed')), models.Q(('basket_id__isnull', False), ('state', 'sold'), models.Q(('order_number', ''), _negated=True)), _connector='OR'), name='loyalty_flashsaleunit_state'),
        ),
    ]
