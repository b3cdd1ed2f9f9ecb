import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '__first__'),
        ('offer', '__first__'),
        ('oscar_loyalty', '0017_birthdays'),
        ('partner', '__first__'),
    ]

    operations = [
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
    ]
