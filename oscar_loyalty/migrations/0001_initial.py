from datetime import time
import django.contrib.postgres.indexes
import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import i18nfield.fields
import oscar_loyalty.program.messages.models
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('catalogue', '__first__'),
        ('offer', '__first__'),
        ('order', '__first__'),
        ('partner', '__first__'),
        ('voucher', '__first__'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                ('blocked_at', models.DateTimeField(editable=False, null=True, verbose_name='spending blocked since')),
                ('paused_until', models.DateTimeField(editable=False, null=True, verbose_name='spending pauses until')),
                ('nameless_since', models.DateTimeField(editable=False, null=True, verbose_name='nameless since')),
                ('merged_into', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged_from', to='oscar_loyalty.account', verbose_name='merged into')),
                ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='loyalty_account', to=settings.AUTH_USER_MODEL, verbose_name='customer')),
            ],
            options={
                'verbose_name': 'member',
                'verbose_name_plural': 'members',
                'permissions': [('adjust_points', "Can adjust a member's points"), ('merge_members', 'Can merge two members'), ('block_members', 'Can block a member from spending points'), ('approve_points', 'Can approve what a colleague adjusts'), ('export_members', 'Can export members and lists of them'), ('erase_members', 'Can erase a member'), ('edit_texts', 'Can edit the texts of messages')],
            },
        ),
        migrations.CreateModel(
            name='GoneOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('offer_id', models.BigIntegerField(unique=True)),
                ('purpose', models.CharField(choices=[('tier', 'Tier'), ('coupon', 'Coupon'), ('sale', 'Sale')], max_length=8)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='LifetimeModel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fitted_at', models.DateTimeField(unique=True)),
                ('parameters', models.JSONField(default=dict)),
                ('expected', models.JSONField(default=dict)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='RollUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('singleton', models.PositiveSmallIntegerField(default=1, editable=False, unique=True)),
                ('currency', models.CharField(max_length=12)),
                ('time_zone', models.CharField(max_length=63)),
                ('counted_to', models.BigIntegerField(default=0)),
                ('counted_at', models.DateTimeField(null=True)),
                ('swept_on', models.DateField(null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
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
            name='CouponBenefit',
            fields=[
            ],
            options={
                'verbose_name': 'coupon benefit',
                'verbose_name_plural': 'coupon benefits',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('offer.benefit',),
        ),
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
            bases=('offer.condition',),
        ),
        migrations.CreateModel(
            name='PointsBenefit',
            fields=[
            ],
            options={
                'verbose_name': 'points benefit',
                'verbose_name_plural': 'points benefits',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('offer.benefit',),
        ),
        migrations.CreateModel(
            name='PointsCondition',
            fields=[
            ],
            options={
                'verbose_name': 'points condition',
                'verbose_name_plural': 'points conditions',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('offer.condition',),
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
            name='VoucherOwnerCondition',
            fields=[
            ],
            options={
                'verbose_name': 'coupon condition',
                'verbose_name_plural': 'coupon conditions',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('offer.condition',),
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
            },
        ),
        migrations.CreateModel(
            name='Apology',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gives', models.CharField(choices=[('nothing', 'Nothing'), ('points', 'Points'), ('percentage', 'A coupon: percentage off goods'), ('amount', 'A coupon: amount off goods'), ('free-shipping', 'A coupon: free shipping'), ('gift', 'A coupon: one item of a range for free')], default='nothing', max_length=16, verbose_name='brings')),
                ('value', models.DecimalField(decimal_places=2, default=0, help_text='Points, per cent, or money; 0 for free shipping and for a gift.', max_digits=12, verbose_name='value')),
                ('minimum', models.DecimalField(decimal_places=2, default=0, help_text='What the goods must cost before discounts; 0 for any order.', max_digits=12, verbose_name='minimum spend')),
                ('valid_days', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='days the coupon is good for')),
                ('title', models.CharField(help_text='For your colleagues only.', max_length=100, verbose_name='title')),
                ('what_happened', models.CharField(help_text="Stands in the letter as it is: write it in your customers' language.", max_length=1000, verbose_name='what happened')),
                ('placed_from', models.DateField(blank=True, null=True, verbose_name='ordered from')),
                ('placed_until', models.DateField(blank=True, help_text='This day included, by the clock of the programme.', null=True, verbose_name='ordered until')),
                ('statuses', models.CharField(blank=True, default='', help_text='As it is when the list is made; none for any.', max_length=2000, verbose_name='status of the order')),
                ('left_out', models.JSONField(default=dict, editable=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(editable=False, verbose_name='created')),
                ('listed_at', models.DateTimeField(editable=False, null=True, verbose_name='list made')),
                ('released_at', models.DateTimeField(editable=False, null=True, verbose_name='sent')),
                ('finished_at', models.DateTimeField(editable=False, null=True, verbose_name='finished')),
                ('actor', models.CharField(blank=True, default='', editable=False, max_length=64, verbose_name='sent by')),
                ('partner', models.ForeignKey(blank=True, db_constraint=False, help_text='Who supplied it.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='partner.partner', verbose_name='partner')),
                ('product', models.ForeignKey(blank=True, db_constraint=False, help_text='Its number or its UPC; with a parent go all of its variants.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalogue.product', verbose_name='product')),
                ('range', models.ForeignKey(blank=True, db_constraint=False, help_text='Only its products are discounted, and count for the minimum; a gift is one of them.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='offer.range', verbose_name='range')),
            ],
            options={
                'verbose_name': 'apology',
                'verbose_name_plural': 'apologies',
                'permissions': [('send_apology', 'Can send an apology to those it concerns')],
            },
        ),
        migrations.CreateModel(
            name='ApologyRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_number', models.CharField(max_length=128, verbose_name='order number')),
                ('orders', models.PositiveIntegerField(verbose_name='orders')),
                ('chosen', models.BooleanField(default=True)),
                ('outcome', models.CharField(blank=True, choices=[('', 'Not yet'), ('told', 'Told'), ('once', 'Told before, in another account'), ('blocked', 'Blocked'), ('no-address', 'Cannot be written to'), ('declined', 'Does not want such messages')], default='', max_length=16, verbose_name='outcome')),
                ('settled_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='apologies', to='oscar_loyalty.account', verbose_name='member')),
                ('apology', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='oscar_loyalty.apology')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='AuditReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('singleton', models.PositiveSmallIntegerField(default=1, editable=False, unique=True)),
                ('asked_at', models.DateTimeField(null=True)),
                ('begun_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('members', models.PositiveIntegerField(default=0)),
                ('orders', models.PositiveIntegerField(default=0)),
                ('found', models.PositiveIntegerField(default=0)),
                ('examples', models.JSONField(default=list)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('singleton', 1)), name='loyalty_auditreport_one')],
            },
        ),
        migrations.CreateModel(
            name='Award',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_number', models.CharField(max_length=128, verbose_name='order number')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('carried', models.BigIntegerField(verbose_name='points carried now')),
                ('forgiven', models.BigIntegerField(default=0, verbose_name='points forgiven')),
                ('base', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='amount that counted')),
                ('kept_base', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='amount that counts now')),
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
            name='CampaignDraw',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=32)),
                ('about', models.CharField(max_length=64)),
                ('drawn', models.PositiveSmallIntegerField()),
                ('held_out', models.BooleanField()),
                ('drawn_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='campaign_draws', to='oscar_loyalty.account')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ChangedOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_number', models.CharField(blank=True, default='', max_length=128)),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(max_length=32, verbose_name='about')),
                ('wanted', models.BooleanField(verbose_name='wanted')),
                ('source', models.CharField(choices=[('preferences', 'Preferences page'), ('unsubscribed', 'Link in a message'), ('shop', "The shop's own code")], max_length=16, verbose_name='source')),
                ('given_at', models.DateTimeField(verbose_name='date')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='oscar_loyalty.account', verbose_name='member')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
            },
        ),
        migrations.CreateModel(
            name='CouponOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100, unique=True)),
                ('kind', models.CharField(choices=[('percentage', 'Percentage off goods'), ('amount', 'Amount off goods'), ('free-shipping', 'Free shipping'), ('gift', 'One item of a range for free')], max_length=16, verbose_name='gives')),
                ('value', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='value')),
                ('minimum', models.DecimalField(decimal_places=2, max_digits=12, verbose_name='minimum spend')),
                ('currency', models.CharField(max_length=12, verbose_name='currency')),
                ('range_id', models.BigIntegerField(blank=True, null=True, verbose_name='range')),
                ('offer', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='offer.conditionaloffer')),
            ],
            options={
                'verbose_name': 'offer for coupons',
                'verbose_name_plural': 'offers for coupons',
            },
        ),
        migrations.CreateModel(
            name='Coupon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200, unique=True, verbose_name='key')),
                ('issued_at', models.DateTimeField(verbose_name='given')),
                ('expires_at', models.DateTimeField(verbose_name='expires')),
                ('basket_id', models.BigIntegerField(null=True, verbose_name='basket')),
                ('claimed_at', models.DateTimeField(null=True, verbose_name='claimed')),
                ('order_number', models.CharField(blank=True, default='', max_length=128, verbose_name='order number')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='closed')),
                ('reason', models.CharField(blank=True, default='', max_length=64, verbose_name='reason')),
                ('note', models.TextField(blank=True, default='', verbose_name='note')),
                ('actor', models.CharField(blank=True, default='', max_length=64, verbose_name='given by')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='coupons', to='oscar_loyalty.account', verbose_name='member')),
                ('origin', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='oscar_loyalty.coupon')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replacement', to='oscar_loyalty.coupon', verbose_name='in place of')),
                ('voucher', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='voucher.voucher', verbose_name='voucher')),
                ('gives', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='coupons', to='oscar_loyalty.couponoffer', verbose_name='gives')),
            ],
            options={
                'verbose_name': 'coupon',
                'verbose_name_plural': 'coupons',
                'permissions': [('give_coupon', 'Can give a member a coupon')],
            },
        ),
        migrations.CreateModel(
            name='CustomerMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.IntegerField()),
                ('cohort', models.IntegerField()),
                ('previous_month', models.IntegerField(null=True)),
                ('next_month', models.IntegerField(null=True)),
                ('orders', models.PositiveIntegerField()),
                ('spend', models.DecimalField(decimal_places=2, max_digits=14)),
                ('orders_so_far', models.PositiveIntegerField()),
                ('spend_so_far', models.DecimalField(decimal_places=2, max_digits=14)),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('customer', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='DailySearch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=32)),
                ('day', models.DateField()),
                ('found', models.PositiveIntegerField()),
                ('finished_at', models.DateTimeField()),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('name', 'day'), name='loyalty_dailysearch_once')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.BigIntegerField(verbose_name='number')),
                ('kind', models.CharField(choices=[('earn', 'Order'), ('bonus', 'Bonus'), ('restore', 'Order reinstated'), ('claw', 'Order taken back'), ('adj', 'Correction'), ('redeem', 'Spent on an order'), ('return', 'Spent points returned'), ('retake', 'Returned points spent again'), ('expire', 'Expired'), ('merge', 'Accounts merged'), ('erase', 'Account erased')], max_length=16, verbose_name='kind')),
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
                ('hold_out', models.PositiveSmallIntegerField(default=0, help_text='So many of the members who would hear of it do not, by lot, so that it can be seen what the messages bring.', validators=[django.core.validators.MaxValueValidator(50)], verbose_name='held out, per cent')),
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
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('basket_id', models.BigIntegerField(verbose_name='basket')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('agreed_points', models.BigIntegerField(editable=False, null=True)),
                ('agreed_amount', models.DecimalField(decimal_places=2, editable=False, max_digits=12, null=True)),
                ('spent', models.BigIntegerField(default=0, verbose_name='points spent')),
                ('uncovered', models.BooleanField(default=False, verbose_name='not covered')),
                ('returned', models.BigIntegerField(default=0, verbose_name='points returned')),
                ('state', models.CharField(choices=[('open', 'Open'), ('captured', 'Spent'), ('released', 'Released')], default='open', max_length=10, verbose_name='state')),
                ('order_number', models.CharField(blank=True, default='', max_length=128, verbose_name='order number')),
                ('opened_at', models.DateTimeField(verbose_name='chosen')),
                ('expires_at', models.DateTimeField(verbose_name='kept until')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='oscar_loyalty.account')),
            ],
            options={
                'verbose_name': 'hold',
                'verbose_name_plural': 'holds',
            },
        ),
        migrations.CreateModel(
            name='Lapse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('began_at', models.DateTimeField(verbose_name='last order before')),
                ('found_at', models.DateTimeField(verbose_name='missed since')),
                ('drawn', models.PositiveSmallIntegerField(verbose_name='number drawn')),
                ('held_out', models.BooleanField(verbose_name='held out')),
                ('step', models.PositiveSmallIntegerField(default=0, verbose_name='steps behind them')),
                ('next_step_on', models.DateField(null=True, verbose_name='next step')),
                ('gift_on', models.DateField(null=True, verbose_name='gift')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='over')),
                ('ended_by', models.CharField(blank=True, default='', max_length=128, verbose_name='came back with order')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='lapses', to='oscar_loyalty.account', verbose_name='member')),
            ],
            options={
                'verbose_name': 'lapse',
                'verbose_name_plural': 'lapses',
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
                ('matured_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('earned_at', models.DateTimeField()),
                ('warned_days', models.PositiveSmallIntegerField(null=True)),
                ('warned_until', models.DateField(null=True)),
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
            name='MemberEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('blocked', 'Blocked from spending'), ('unblocked', 'Spending allowed again'), ('email-changed', 'E-mail address changed'), ('password-changed', 'Password changed'), ('merged', 'Merged into another member'), ('received', 'Another member was merged into this one'), ('erased', 'Erased')], max_length=20, verbose_name='what happened')),
                ('note', models.TextField(blank=True, default='', verbose_name='note')),
                ('actor', models.CharField(blank=True, default='', max_length=150, verbose_name='by')),
                ('address', models.CharField(blank=True, default='', max_length=254, verbose_name='former address')),
                ('profile', models.CharField(blank=True, default='', editable=False, max_length=32)),
                ('happened_at', models.DateTimeField(verbose_name='date')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='member_events', to='oscar_loyalty.account')),
            ],
            options={
                'verbose_name': 'member event',
                'verbose_name_plural': 'member events',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=32, verbose_name='message')),
                ('channel', models.CharField(default='email', max_length=16, verbose_name='channel')),
                ('key', models.CharField(max_length=200, unique=True, verbose_name='key')),
                ('marketing', models.BooleanField(verbose_name='marketing')),
                ('order_number', models.CharField(blank=True, default='', max_length=128, verbose_name='order number')),
                ('about', models.CharField(blank=True, default='', max_length=64, verbose_name='about')),
                ('language', models.CharField(blank=True, default='', max_length=16, verbose_name='language')),
                ('address', models.CharField(blank=True, default='', max_length=254, verbose_name='address')),
                ('planned_at', models.DateTimeField(verbose_name='planned for')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Being sent'), ('sent', 'Sent'), ('dropped', 'Not sent'), ('failed', 'Given up')], default='waiting', max_length=8, verbose_name='state')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='tries')),
                ('claim', models.UUIDField(editable=False, null=True)),
                ('settled_at', models.DateTimeField(null=True, verbose_name='settled')),
                ('outcome', models.CharField(blank=True, default='', max_length=100, verbose_name='reason')),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='oscar_loyalty.account', verbose_name='member')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
                'permissions': [('retry_message', 'Can send a message again that was given up')],
            },
        ),
        migrations.CreateModel(
            name='MessageKind',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('gives', models.CharField(choices=[('nothing', 'Nothing'), ('points', 'Points'), ('percentage', 'A coupon: percentage off goods'), ('amount', 'A coupon: amount off goods'), ('free-shipping', 'A coupon: free shipping'), ('gift', 'A coupon: one item of a range for free')], default='nothing', max_length=16, verbose_name='brings')),
                ('value', models.DecimalField(decimal_places=2, default=0, help_text='Points, per cent, or money; 0 for free shipping and for a gift.', max_digits=12, verbose_name='value')),
                ('minimum', models.DecimalField(decimal_places=2, default=0, help_text='What the goods must cost before discounts; 0 for any order.', max_digits=12, verbose_name='minimum spend')),
                ('valid_days', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='days the coupon is good for')),
                ('code', models.CharField(editable=False, max_length=32, unique=True)),
                ('active', models.BooleanField(default=False, help_text='Nothing is sent until this is switched on.', verbose_name='active')),
                ('days', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(365)], verbose_name='days')),
                ('channels', models.JSONField(default=oscar_loyalty.program.messages.models.by_email, help_text='Each sends the message once.', verbose_name='channels')),
                ('range', models.ForeignKey(blank=True, db_constraint=False, help_text='Only its products are discounted, and count for the minimum; a gift is one of them.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='offer.range', verbose_name='range')),
            ],
            options={
                'verbose_name': 'kind of message',
                'verbose_name_plural': 'kinds of messages',
            },
        ),
        migrations.CreateModel(
            name='MessageLimits',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('singleton', models.PositiveSmallIntegerField(default=1, editable=False, unique=True)),
                ('weekly', models.PositiveSmallIntegerField(default=2, help_text='At most so many to one member in any seven days; with 0 none are sent.', validators=[django.core.validators.MaxValueValidator(50)], verbose_name='marketing messages a week')),
                ('quiet_from', models.TimeField(default=time(21, 0), verbose_name='quiet from')),
                ('quiet_until', models.TimeField(default=time(8, 0), help_text='Between these hours only what answers a member at once is sent, by the clock of the programme. With the same hour in both there are no quiet hours.', verbose_name='quiet until')),
            ],
            options={
                'verbose_name': 'limits of messages',
                'verbose_name_plural': 'limits of messages',
                'constraints': [models.CheckConstraint(condition=models.Q(('singleton', 1)), name='loyalty_messagelimits_one'), models.CheckConstraint(condition=models.Q(('weekly__lte', 50)), name='loyalty_messagelimits_week')],
            },
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
                ('redeemable', models.BooleanField(default=True, help_text='In the basket, as money off the goods.', verbose_name='points can be spent')),
                ('redeem_minimum', models.PositiveIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(1000000)], verbose_name='least points for an order')),
                ('redeem_step', models.PositiveIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(1000000)], verbose_name='in steps of')),
                ('redeem_share', models.PositiveSmallIntegerField(default=100, help_text='In percent of what its goods cost after all other offers.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='largest part of a basket')),
                ('redeem_without_tier', models.BooleanField(default=True, verbose_name='members without a tier may too')),
                ('earns_on_redeemed', models.BooleanField(default=False, verbose_name='what points paid for earns points too')),
                ('clawback', models.CharField(choices=[('debt', 'Go into debt, which points earned later pay first'), ('what-there-is', 'Lose what they have; the rest is forgiven')], default='debt', help_text='When points of an order have to be taken back that were spent already.', max_length=16, verbose_name='members with too few points')),
                ('return_grace_days', models.PositiveSmallIntegerField(default=30, help_text='Points spent on goods that come back keep their expiry date, or get this.', validators=[django.core.validators.MaxValueValidator(3650)], verbose_name='days returned points live at least')),
                ('measure', models.CharField(choices=[('spend', 'Money spent'), ('points', 'Points earned with orders'), ('orders', 'Number of orders')], default='spend', max_length=16, verbose_name='tiers are reached by')),
                ('window', models.CharField(choices=[('rolling', 'The last months'), ('calendar-year', 'The calendar year'), ('lifetime', 'All time')], default='rolling', max_length=16, verbose_name='counted over')),
                ('window_months', models.PositiveSmallIntegerField(default=12, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)], verbose_name='months counted')),
                ('downgrade', models.CharField(choices=[('never', 'Never'), ('one-rung', 'One tier at a time'), ('to-qualified', 'To the tier that is qualified for')], default='to-qualified', max_length=16, verbose_name='tiers are lost')),
                ('grace_days', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(3650)], verbose_name='days of grace before a tier is lost')),
                ('expiry', models.CharField(choices=[('never', 'Never'), ('after-earning', 'A number of months after they were earned'), ('fixed-dates', 'On fixed days of each year'), ('inactivity', 'After a number of months without activity')], default='never', max_length=16, verbose_name='points expire')),
                ('expiry_months', models.PositiveSmallIntegerField(default=12, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)], verbose_name='months until points expire')),
                ('expiry_dates', models.CharField(blank=True, default='', help_text='Month and day, several with commas between: 06-30, 12-31. All points that can be spent expire at the end of each of these days.', max_length=100, verbose_name='days on which points expire')),
                ('active_by_orders', models.BooleanField(default=True, verbose_name='an order is activity')),
                ('active_by_earning', models.BooleanField(default=False, verbose_name='earning points is activity')),
                ('active_by_spending', models.BooleanField(default=False, verbose_name='spending points is activity')),
                ('expiry_grace_days', models.PositiveSmallIntegerField(default=30, help_text='When expiry is switched on or shortened, points that members have by then stay at least so long.', validators=[django.core.validators.MaxValueValidator(3650)], verbose_name='days before the first points expire')),
                ('expiry_after_warning', models.BooleanField(default=False, help_text='They stay until a message about it was sent, or the member has declined such messages or cannot be written to. One of the two warnings must be switched on, or no points expire.', verbose_name='points only expire after a warning')),
                ('expiry_tightened_at', models.DateTimeField(editable=False, null=True, verbose_name='expiry last switched on or shortened')),
                ('approve_above', models.PositiveIntegerField(blank=True, help_text="Whoever corrects a member's points by more waits until another of the staff, who may approve it, agrees. Empty: nobody has to agree.", null=True, verbose_name='corrections beyond so many points need a colleague')),
            ],
            options={
                'verbose_name': 'programme',
                'verbose_name_plural': 'programme',
                'constraints': [models.CheckConstraint(condition=models.Q(('singleton', 1)), name='loyalty_programme_single'), models.CheckConstraint(condition=models.Q(('earn_amount__gt', 0), ('earn_points__gt', 0), ('value_amount__gt', 0), ('value_points__gt', 0)), name='loyalty_programme_rates'), models.CheckConstraint(condition=models.Q(('expiry_months__gt', 0), ('minimum_order__gte', 0), ('redeem_share__gt', 0), ('redeem_share__lte', 100), ('redeem_step__gt', 0), ('window_months__gt', 0)), name='loyalty_programme_limits')],
            },
        ),
        migrations.CreateModel(
            name='ExcludedRange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('range', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='offer.range', verbose_name='range')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='excluded_ranges', to='oscar_loyalty.programme')),
            ],
            options={
                'verbose_name': 'range that points cannot pay for',
                'verbose_name_plural': 'ranges that points cannot pay for',
            },
        ),
        migrations.CreateModel(
            name='EarningRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('used', models.BigIntegerField(default=0, editable=False, verbose_name='points used')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='oscar_loyalty.programme')),
            ],
            options={
                'default_permissions': (),
            },
        ),
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
            name='QualifyingEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('spend', models.DecimalField(decimal_places=2, max_digits=14)),
                ('points', models.BigIntegerField()),
                ('orders', models.SmallIntegerField()),
                ('reduced', models.BooleanField(default=False)),
                ('occurred_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='qualifying_events', to='oscar_loyalty.account')),
            ],
        ),
        migrations.CreateModel(
            name='ReducedOrder',
            fields=[
                ('order', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='loyalty_reduced', serialize=False, to='order.order')),
                ('kept', models.DecimalField(decimal_places=2, max_digits=14)),
                ('stands', models.BooleanField()),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kept__gte', 0), ('stands', True)), models.Q(('kept', 0), ('stands', False)), _connector='OR'), name='loyalty_reducedorder_kept')],
            },
        ),
        migrations.CreateModel(
            name='ReviewReward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('product_id', models.BigIntegerField(verbose_name='product')),
                ('review_id', models.BigIntegerField(unique=True, verbose_name='review')),
                ('order_number', models.CharField(max_length=128, verbose_name='order number')),
                ('line_id', models.BigIntegerField()),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('given_at', models.DateTimeField(verbose_name='date')),
                ('taken', models.BigIntegerField(default=0, verbose_name='points taken back')),
                ('taken_back_at', models.DateTimeField(null=True, verbose_name='taken back')),
                ('turns', models.PositiveIntegerField(default=0)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='review_rewards', to='oscar_loyalty.account', verbose_name='member')),
            ],
            options={
                'verbose_name': 'review of a buyer',
                'verbose_name_plural': 'reviews of buyers',
            },
        ),
        migrations.CreateModel(
            name='ReviewTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('singleton', models.PositiveSmallIntegerField(default=1, editable=False, unique=True)),
                ('points', models.PositiveIntegerField(default=0, help_text='Once for each product, when the review is approved, if its author had bought the product before; 0 for none. They are taken back when nothing of it is kept, or the review is rejected or deleted.', validators=[django.core.validators.MaxValueValidator(1000000)], verbose_name='points for a review')),
                ('monthly', models.PositiveSmallIntegerField(default=5, help_text='At most so many reviews of one member get points in a calendar month.', validators=[django.core.validators.MaxValueValidator(1000)], verbose_name='reviews a month')),
            ],
            options={
                'verbose_name': 'points for reviews',
                'verbose_name_plural': 'points for reviews',
                'constraints': [models.CheckConstraint(condition=models.Q(('singleton', 1)), name='loyalty_reviewterms_one'), models.CheckConstraint(condition=models.Q(('points__lte', 1000000)), name='loyalty_reviewterms_points'), models.CheckConstraint(condition=models.Q(('monthly__lte', 1000)), name='loyalty_reviewterms_monthly')],
            },
        ),
        migrations.CreateModel(
            name='RuleUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=200)),
                ('given', models.BigIntegerField(verbose_name='points at first')),
                ('points', models.BigIntegerField(verbose_name='points')),
                ('used_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rule_uses', to='oscar_loyalty.account')),
                ('rule', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='oscar_loyalty.earningrule')),
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
                ('category', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalogue.category', verbose_name='category')),
                ('product', models.ForeignKey(blank=True, db_constraint=False, help_text='Its number or its UPC; with a parent go all of its variants.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='catalogue.product', verbose_name='product')),
                ('range', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='offer.range', verbose_name='range')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='oscar_loyalty.earningrule')),
            ],
            options={
                'verbose_name': 'earning rule',
                'verbose_name_plural': 'earning rules',
            },
        ),
        migrations.AddField(
            model_name='earningrule',
            name='current',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='oscar_loyalty.ruleversion'),
        ),
        migrations.CreateModel(
            name='ShopRhythm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('singleton', models.PositiveSmallIntegerField(default=1, editable=False, unique=True)),
                ('newcomers_gap_days', models.PositiveIntegerField(null=True)),
                ('reckoned_on', models.DateField(null=True)),
                ('followed_to', models.BigIntegerField(default=0)),
                ('followed_before', models.BigIntegerField(default=0)),
                ('followed_on', models.DateField(null=True)),
            ],
            options={
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('singleton', 1)), name='loyalty_shoprhythm_one')],
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
            },
        ),
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
            },
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
                ('may_redeem', models.BooleanField(default=True, verbose_name='members may spend points')),
                ('expiry_months', models.PositiveSmallIntegerField(blank=True, help_text="Instead of the programme's, where it counts in months; empty for the same.", null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)], verbose_name='months until points expire')),
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
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='standing', to='oscar_loyalty.account')),
                ('pinned_tier', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='oscar_loyalty.tier', verbose_name='set by staff')),
                ('tier', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='oscar_loyalty.tier')),
            ],
            options={
                'verbose_name': 'standing',
                'verbose_name_plural': 'standings',
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
                ('hold_out', models.PositiveSmallIntegerField(default=0, help_text='So many of these members get nothing, by lot, so that it can be seen what the messages bring.', validators=[django.core.validators.MaxValueValidator(50)], verbose_name='held out, per cent')),
                ('range', models.ForeignKey(blank=True, db_constraint=False, help_text='Only its products are discounted, and count for the minimum; a gift is one of them.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='offer.range', verbose_name='range')),
                ('tier', models.ForeignKey(blank=True, help_text='Empty for the members of all tiers and of none.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='oscar_loyalty.tier', verbose_name='members of the tier')),
            ],
            options={
                'verbose_name': 'occasion',
                'verbose_name_plural': 'occasions',
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
                ('reason', models.CharField(choices=[('qualified', 'Threshold reached'), ('no-longer-qualified', 'No longer above the threshold'), ('staff', 'Set by staff'), ('merged', 'Accounts merged')], max_length=20, verbose_name='reason')),
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
        migrations.CreateModel(
            name='WinBackSettings',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('singleton', models.PositiveSmallIntegerField(default=1, editable=False, unique=True)),
                ('seed', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('least_days', models.PositiveSmallIntegerField(default=30, help_text='Days without an order. Members are late when they stay away for longer than they usually do, but never before.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='late after at least')),
                ('step_days', models.PositiveSmallIntegerField(default=14, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='days between two messages')),
                ('hold_out', models.PositiveSmallIntegerField(default=10, help_text='So many of the members who are late get nothing, by lot, so that it can be seen what the messages bring.', validators=[django.core.validators.MaxValueValidator(50)], verbose_name='held out, per cent')),
                ('gift_days', models.PositiveSmallIntegerField(default=365, help_text='One member gets no more than one gift in so many days.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='days between two gifts')),
                ('gifts_most', models.PositiveSmallIntegerField(default=3, help_text='One member gets no more gifts than this in all.', validators=[django.core.validators.MaxValueValidator(100)], verbose_name='most gifts')),
            ],
            options={
                'verbose_name': 'settings of win-back',
                'verbose_name_plural': 'settings of win-back',
                'constraints': [models.CheckConstraint(condition=models.Q(('singleton', 1)), name='loyalty_winback_one'), models.CheckConstraint(condition=models.Q(('least_days__gte', 1), ('least_days__lte', 3650), ('step_days__gte', 1), ('step_days__lte', 365), ('gift_days__gte', 1), ('gift_days__lte', 3650), ('gifts_most__lte', 100), ('hold_out__lte', 50)), name='loyalty_winback_numbers')],
            },
        ),
        migrations.CreateModel(
            name='Birthday',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='birthday', serialize=False, to='oscar_loyalty.account', verbose_name='member')),
                ('month_day', models.PositiveSmallIntegerField(null=True)),
                ('year', models.PositiveSmallIntegerField(null=True)),
                ('next_date', models.DateField(null=True)),
                ('entered_date', models.DateField()),
                ('changed_date', models.DateField(null=True)),
                ('celebrated_year', models.PositiveSmallIntegerField(null=True)),
            ],
            options={
                'verbose_name': 'birthday',
                'verbose_name_plural': 'birthdays',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('next_date__isnull', False)), fields=['next_date', 'account', 'entered_date'], name='loyalty_birthday_near')],
                'constraints': [models.CheckConstraint(condition=models.Q(('month_day', None), ('month_day__range', (101, 131)), ('month_day__range', (201, 229)), ('month_day__range', (301, 331)), ('month_day__range', (401, 430)), ('month_day__range', (501, 531)), ('month_day__range', (601, 630)), ('month_day__range', (701, 731)), ('month_day__range', (801, 831)), ('month_day__range', (901, 930)), ('month_day__range', (1001, 1031)), ('month_day__range', (1101, 1130)), ('month_day__range', (1201, 1231)), _connector='OR'), name='loyalty_birthday_day'), models.CheckConstraint(condition=models.Q(models.Q(('month_day', None), ('next_date', None), ('year', None)), models.Q(('month_day__isnull', False), ('next_date__isnull', False)), _connector='OR'), name='loyalty_birthday_next'), models.CheckConstraint(condition=models.Q(('year', None), ('year__gte', 1800), _connector='OR'), name='loyalty_birthday_year')],
            },
        ),
        migrations.CreateModel(
            name='Rhythm',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='rhythm', serialize=False, to='oscar_loyalty.account')),
                ('last_order_at', models.DateTimeField(null=True)),
                ('days', models.PositiveIntegerField()),
                ('first_gap_days', models.PositiveIntegerField(null=True)),
                ('usual_gap_days', models.PositiveIntegerField(null=True)),
                ('late_on', models.DateField(null=True)),
                ('seen_to', models.BooleanField(default=False)),
                ('stale', models.BooleanField(default=False)),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('days__gt', 3), ('seen_to', False)), fields=['late_on'], name='loyalty_rhythm_own'), models.Index(condition=models.Q(('days__lte', 3), ('seen_to', False)), fields=['last_order_at'], name='loyalty_rhythm_newcomer'), models.Index(condition=models.Q(('stale', True)), fields=['account'], name='loyalty_rhythm_stale')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('days__lte', 1), ('first_gap_days', None), ('usual_gap_days', None)), models.Q(('days__gt', 1), ('first_gap_days__gt', 0), ('usual_gap_days__gt', 0)), _connector='OR'), name='loyalty_rhythm_gaps'), models.CheckConstraint(condition=models.Q(models.Q(('days', 0), ('last_order_at', None), ('late_on', None)), models.Q(('days__gt', 0), ('last_order_at__isnull', False), ('late_on__isnull', False)), _connector='OR'), name='loyalty_rhythm_days')],
            },
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='loyalty_account_merged_into'),
        ),
        migrations.AddIndex(
            model_name='account',
            index=models.Index(condition=models.Q(('nameless_since__isnull', True), ('user__isnull', True)), fields=['id'], name='loyalty_account_left'),
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
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), models.Q(('balance', 0), ('held', 0), ('pending', 0), models.Q(('merged_into', models.F('id')), _negated=True)), _connector='OR'), name='loyalty_account_merged'),
        ),
        migrations.AddIndex(
            model_name='adjustmentrequest',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['id'], name='loyalty_adjustment_waiting'),
        ),
        migrations.AddConstraint(
            model_name='adjustmentrequest',
            constraint=models.CheckConstraint(condition=models.Q(('points', 0), _negated=True), name='loyalty_adjustment_points'),
        ),
        migrations.AddConstraint(
            model_name='adjustmentrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', ''), ('state', 'waiting')), models.Q(('decided_at__isnull', False), ('state__in', ['approved', 'refused']), models.Q(('decided_by', ''), _negated=True), models.Q(('decided_by', models.F('requested_by')), _negated=True)), _connector='OR'), name='loyalty_adjustment_decided'),
        ),
        migrations.AddIndex(
            model_name='apology',
            index=models.Index(condition=models.Q(('finished_at', None), ('released_at__isnull', False)), fields=['released_at'], name='loyalty_apology_going'),
        ),
        migrations.AddConstraint(
            model_name='apology',
            constraint=models.CheckConstraint(condition=models.Q(('product__isnull', False), ('partner__isnull', False), ('placed_from__isnull', False), ('placed_until__isnull', False), models.Q(('statuses', ''), _negated=True), _connector='OR'), name='loyalty_apology_criteria'),
        ),
        migrations.AddConstraint(
            model_name='apology',
            constraint=models.CheckConstraint(condition=models.Q(('placed_from', None), ('placed_until', None), ('placed_until__gte', models.F('placed_from')), _connector='OR'), name='loyalty_apology_days'),
        ),
        migrations.AddConstraint(
            model_name='apology',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('finished_at', None), ('released_at', None)), models.Q(('listed_at__isnull', False), ('released_at__isnull', False)), _connector='OR'), name='loyalty_apology_steps'),
        ),
        migrations.AddIndex(
            model_name='apologyrecipient',
            index=models.Index(condition=models.Q(('chosen', True), ('outcome', '')), fields=['apology', 'id'], name='loyalty_apology_waiting'),
        ),
        migrations.AddConstraint(
            model_name='apologyrecipient',
            constraint=models.UniqueConstraint(fields=('apology', 'account'), name='loyalty_apologyrecipient_once'),
        ),
        migrations.AddConstraint(
            model_name='apologyrecipient',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('outcome', ''), ('settled_at', None)), models.Q(models.Q(('outcome', ''), _negated=True), ('chosen', True), ('settled_at__isnull', False)), _connector='OR'), name='loyalty_apologyrecipient_done'),
        ),
        migrations.AddIndex(
            model_name='award',
            index=models.Index(fields=['account', 'placed_at'], name='loyalty_award_placed'),
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
            constraint=models.CheckConstraint(condition=models.Q(('forgiven__gte', 0), ('forgiven__lte', django.db.models.expressions.CombinedExpression(models.F('points'), '-', models.F('carried')))), name='loyalty_award_forgiven'),
        ),
        migrations.AddConstraint(
            model_name='award',
            constraint=models.CheckConstraint(condition=models.Q(('kept_base__gte', 0), ('kept_base__lte', models.F('base'))), name='loyalty_award_kept'),
        ),
        migrations.AddConstraint(
            model_name='award',
            constraint=models.CheckConstraint(condition=models.Q(('cancelled', False), models.Q(('carried', 0), ('kept_base', 0)), _connector='OR'), name='loyalty_award_cancelled'),
        ),
        migrations.AddIndex(
            model_name='campaigndraw',
            index=models.Index(fields=['drawn_at'], name='loyalty_campaigndraw_at'),
        ),
        migrations.AddConstraint(
            model_name='campaigndraw',
            constraint=models.UniqueConstraint(fields=('account', 'kind', 'about'), name='loyalty_campaigndraw_once'),
        ),
        migrations.AddConstraint(
            model_name='changedorder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('customer__isnull', False), ('order_number', '')), models.Q(models.Q(('order_number', ''), _negated=True), ('customer', None)), _connector='OR'), name='loyalty_changedorder_about'),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(fields=['account', 'about', '-id'], name='loyalty_consent_last'),
        ),
        migrations.AddConstraint(
            model_name='couponoffer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'percentage'), ('value__gt', 0), ('value__lte', 100)), models.Q(('kind', 'amount'), ('value__gt', 0)), models.Q(('kind', 'free-shipping'), ('value', 0)), models.Q(('kind', 'gift'), ('range_id__isnull', False), ('value', 0)), _connector='OR'), name='loyalty_coupon_value'),
        ),
        migrations.AddConstraint(
            model_name='couponoffer',
            constraint=models.CheckConstraint(condition=models.Q(('minimum__gte', 0)), name='loyalty_coupon_minimum'),
        ),
        migrations.AddIndex(
            model_name='coupon',
            index=models.Index(condition=models.Q(('closed_at', None), ('order_number', '')), fields=['account'], name='loyalty_coupon_open'),
        ),
        migrations.AddIndex(
            model_name='coupon',
            index=models.Index(condition=models.Q(('order_number', ''), _negated=True), fields=['order_number'], name='loyalty_coupon_order'),
        ),
        migrations.AddIndex(
            model_name='coupon',
            index=models.Index(condition=models.Q(('order_number', ''), ('origin', None), ('voucher__isnull', False)), fields=['expires_at'], name='loyalty_coupon_unused'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('issued_at'))), name='loyalty_coupon_expiry'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('basket_id', None), ('order_number', '')), ('claimed_at__isnull', False), _connector='OR'), name='loyalty_coupon_claim'),
        ),
        migrations.AddConstraint(
            model_name='coupon',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('origin', None), ('replaces', None)), models.Q(('origin__isnull', False), ('replaces__isnull', False)), _connector='OR'), name='loyalty_coupon_chain'),
        ),
        migrations.AddIndex(
            model_name='customermonth',
            index=models.Index(fields=['month', 'next_month'], name='loyalty_customermonth'),
        ),
        migrations.AddConstraint(
            model_name='customermonth',
            constraint=models.UniqueConstraint(fields=('customer', 'month'), name='loyalty_customermonth_once'),
        ),
        migrations.AddConstraint(
            model_name='customermonth',
            constraint=models.CheckConstraint(condition=models.Q(('orders__gte', 1), ('orders_so_far__gte', models.F('orders'))), name='loyalty_customermonth_orders'),
        ),
        migrations.AddConstraint(
            model_name='customermonth',
            constraint=models.CheckConstraint(condition=models.Q(('cohort__lte', models.F('month')), models.Q(('previous_month', None), ('previous_month__lt', models.F('month')), _connector='OR'), models.Q(('next_month', None), ('next_month__gt', models.F('month')), _connector='OR')), name='loyalty_customermonth_months'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(condition=models.Q(('order_number', ''), _negated=True), fields=['order_number'], name='loyalty_entry_order'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['posted_at'], name='loyalty_entry_posted'),
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
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['earn', 'bonus', 'restore', 'return']), ('points__gt', 0)), models.Q(('kind__in', ['claw', 'redeem', 'retake', 'expire']), ('points__lt', 0)), models.Q(('kind__in', ['adj', 'merge', 'erase']), models.Q(('points', 0), _negated=True)), _connector='OR'), name='loyalty_entry_sign'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('points__gte', -1000000000000), ('points__lte', 1000000000000)), name='loyalty_entry_points'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('key', django.db.models.functions.text.Concat(models.Value('earn:'), models.F('order_number'))), ('kind', 'earn')), models.Q(('key__startswith', django.db.models.functions.text.Concat(models.Value('earn:'), models.F('order_number'), models.Value(':'))), ('kind', 'earn')), models.Q(('key__startswith', 'claw:'), ('kind', 'claw')), models.Q(('key__startswith', 'restore:'), ('kind', 'restore')), models.Q(('key__startswith', 'bonus:'), ('kind', 'bonus')), models.Q(('key__startswith', 'adj:'), ('kind', 'adj')), models.Q(('key', django.db.models.functions.text.Concat(models.Value('redeem:'), models.F('order_number'))), ('kind', 'redeem')), models.Q(('key__startswith', 'return:'), ('kind', 'return')), models.Q(('key__startswith', 'retake:'), ('kind', 'retake')), models.Q(('key__startswith', 'expire:'), ('kind', 'expire')), models.Q(('key__startswith', 'merge:'), ('kind', 'merge')), models.Q(('key__startswith', 'erase:'), ('kind', 'erase')), _connector='OR'), name='loyalty_entry_key'),
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
            model_name='flashsale',
            constraint=models.CheckConstraint(condition=models.Q(('hold_out__lte', 50)), name='loyalty_flashsale_hold_out'),
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
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['expires_at'], name='loyalty_hold_expiry'),
        ),
        migrations.AddIndex(
            model_name='hold',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['account'], name='loyalty_hold_account'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('basket_id',), name='loyalty_hold_one_open'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.UniqueConstraint(condition=models.Q(('order_number', ''), _negated=True), fields=('order_number',), name='loyalty_hold_one_order'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('points__gt', 0)), name='loyalty_hold_points'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(('returned__gte', 0), ('returned__lte', models.F('spent'))), name='loyalty_hold_returned'),
        ),
        migrations.AddConstraint(
            model_name='hold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('spent__gt', 0), ('state', 'captured'), models.Q(('order_number', ''), _negated=True)), models.Q(models.Q(('state', 'captured'), _negated=True), ('order_number', ''), ('spent', 0)), _connector='OR'), name='loyalty_hold_captured'),
        ),
        migrations.AddIndex(
            model_name='lapse',
            index=models.Index(condition=models.Q(('next_step_on__isnull', False)), fields=['next_step_on', 'account'], name='loyalty_lapse_due'),
        ),
        migrations.AddIndex(
            model_name='lapse',
            index=models.Index(fields=['found_at'], name='loyalty_lapse_found'),
        ),
        migrations.AddConstraint(
            model_name='lapse',
            constraint=models.UniqueConstraint(fields=('account', 'began_at'), name='loyalty_lapse_once'),
        ),
        migrations.AddConstraint(
            model_name='lapse',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('account',), name='loyalty_lapse_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='lapse',
            constraint=models.CheckConstraint(condition=models.Q(('held_out', False), ('gift_on', None), _connector='OR'), name='loyalty_lapse_held_out'),
        ),
        migrations.AddConstraint(
            model_name='lapse',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', '')), models.Q(('ended_at__isnull', False), ('next_step_on', None)), _connector='OR'), name='loyalty_lapse_ended'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('open', True)), fields=['account', 'expires_at', 'earned_at', 'id'], name='loyalty_lot_draw'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('expires_at__isnull', True), ('open', True), ('pending', False)), fields=['earned_at', 'account'], name='loyalty_lot_lapse'),
        ),
        migrations.AddIndex(
            model_name='lot',
            index=models.Index(condition=models.Q(('expires_at__isnull', False), ('open', True), ('pending', False)), fields=['expires_at', 'account'], name='loyalty_lot_dated'),
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
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('pending', False), ('matured_at__isnull', True), _connector='OR'), name='loyalty_lot_matured'),
        ),
        migrations.AddConstraint(
            model_name='draw',
            constraint=models.UniqueConstraint(fields=('entry', 'lot'), name='loyalty_draw_once'),
        ),
        migrations.AddConstraint(
            model_name='draw',
            constraint=models.CheckConstraint(condition=models.Q(('points__gt', 0)), name='loyalty_draw_points'),
        ),
        migrations.AddIndex(
            model_name='memberevent',
            index=models.Index(fields=['account', 'happened_at'], name='loyalty_memberevent'),
        ),
        migrations.AddConstraint(
            model_name='memberevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['email-changed', 'password-changed']), ('address', ''), _connector='OR'), name='loyalty_memberevent_address'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'sending'])), fields=['due_at'], name='loyalty_message_due'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['account', '-id'], name='loyalty_message_account'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('state', 'failed')), fields=['-id'], name='loyalty_message_failed'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('claim__isnull', False), ('state', 'sending')), models.Q(models.Q(('state', 'sending'), _negated=True), ('claim', None)), _connector='OR'), name='loyalty_message_claim'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at', None), ('state__in', ['waiting', 'sending'])), models.Q(('settled_at__isnull', False), ('state__in', ['sent', 'dropped', 'failed'])), _connector='OR'), name='loyalty_message_settled'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('marketing', True), ('state', 'sending')), fields=('account',), name='loyalty_message_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='messagekind',
            constraint=models.CheckConstraint(condition=models.Q(('days__lte', 365)), name='loyalty_messagekind_days'),
        ),
        migrations.AddConstraint(
            model_name='messagekind',
            constraint=models.CheckConstraint(condition=models.Q(('channels', []), _negated=True), name='loyalty_messagekind_channel'),
        ),
        migrations.AddIndex(
            model_name='qualifyingevent',
            index=models.Index(fields=['account', 'occurred_at'], name='loyalty_qualifying'),
        ),
        migrations.AddConstraint(
            model_name='qualifyingevent',
            constraint=models.UniqueConstraint(fields=('key',), name='loyalty_qualifying_once'),
        ),
        migrations.AddIndex(
            model_name='reviewreward',
            index=models.Index(fields=['order_number'], name='loyalty_reviewreward_order'),
        ),
        migrations.AddIndex(
            model_name='reviewreward',
            index=models.Index(fields=['given_at'], name='loyalty_reviewreward_given'),
        ),
        migrations.AddConstraint(
            model_name='reviewreward',
            constraint=models.UniqueConstraint(fields=('account', 'product_id'), name='loyalty_reviewreward_once'),
        ),
        migrations.AddConstraint(
            model_name='reviewreward',
            constraint=models.CheckConstraint(condition=models.Q(('points__gte', 0), ('taken__gte', 0), ('taken__lte', models.F('points'))), name='loyalty_reviewreward_points'),
        ),
        migrations.AddConstraint(
            model_name='reviewreward',
            constraint=models.CheckConstraint(condition=models.Q(('taken_back_at__isnull', False), ('taken', 0), _connector='OR'), name='loyalty_reviewreward_taken'),
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
        migrations.AddIndex(
            model_name='simulation',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['id'], name='loyalty_simulation_due'),
        ),
        migrations.AddConstraint(
            model_name='simulation',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['waiting', 'running'])), fields=('draft',), name='loyalty_simulation_one_of_a_draft'),
        ),
        migrations.AddConstraint(
            model_name='simulation',
            constraint=models.CheckConstraint(condition=models.Q(('last__gte', models.F('first'))), name='loyalty_simulation_days'),
        ),
        migrations.AddConstraint(
            model_name='simulation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('results__isnull', False), ('state', 'done')), models.Q(models.Q(('state', 'done'), _negated=True), ('results__isnull', True)), _connector='OR'), name='loyalty_simulation_results'),
        ),
        migrations.AddConstraint(
            model_name='simulation',
            constraint=models.CheckConstraint(condition=models.Q(('spent_after__lte', 120), ('spent_share__lte', 100)), name='loyalty_simulation_assumed'),
        ),
        migrations.AddIndex(
            model_name='surprisegift',
            index=models.Index(condition=models.Q(('given_at', None)), fields=['id'], name='loyalty_surprise_waiting'),
        ),
        migrations.AddConstraint(
            model_name='surprisegift',
            constraint=models.UniqueConstraint(fields=('account', 'draw'), name='loyalty_surprise_once'),
        ),
        migrations.AddConstraint(
            model_name='surprisesettings',
            constraint=models.CheckConstraint(condition=models.Q(('singleton', 1)), name='loyalty_surprise_one'),
        ),
        migrations.AddConstraint(
            model_name='surprisesettings',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('gives__in', ['points', 'amount']), ('value__gt', 0)), models.Q(('assumed_cost__gt', 0), ('gives__in', ['percentage', 'free-shipping', 'gift'])), _connector='OR'), name='loyalty_surprise_cost'),
        ),
        migrations.AddConstraint(
            model_name='surprisesettings',
            constraint=models.CheckConstraint(condition=models.Q(('budget__gte', 0), ('chance__gt', 0), ('chance__lte', 100), ('least_days__gte', 1)), name='loyalty_surprise_limits'),
        ),
        migrations.AddConstraint(
            model_name='occasion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('month__isnull', False), ('month__range', (1, 12)), ('what', 'fixed'), ('day__isnull', False), ('day__range', (1, 31))), models.Q(models.Q(('what', 'fixed'), _negated=True), ('day', None), ('month', None)), _connector='OR'), name='loyalty_occasion_day'),
        ),
        migrations.AddConstraint(
            model_name='occasion',
            constraint=models.CheckConstraint(condition=models.Q(('days_ahead__lte', 60)), name='loyalty_occasion_ahead'),
        ),
        migrations.AddConstraint(
            model_name='occasion',
            constraint=models.CheckConstraint(condition=models.Q(('hold_out__lte', 50)), name='loyalty_occasion_hold_out'),
        ),
        migrations.AddConstraint(
            model_name='flashsaletier',
            constraint=models.UniqueConstraint(fields=('sale', 'tier'), name='loyalty_flashsaletier_once'),
        ),
        migrations.AddConstraint(
            model_name='flashsaletier',
            constraint=models.CheckConstraint(condition=models.Q(('hours__lte', 720)), name='loyalty_flashsaletier_hours'),
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
