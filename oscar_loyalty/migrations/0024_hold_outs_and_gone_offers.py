import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oscar_loyalty', '0023_staff_acts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='entry',
            index=django.contrib.postgres.indexes.BrinIndex(fields=['posted_at'], name='loyalty_entry_posted'),
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
            ],
            options={
                'default_permissions': (),
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
        migrations.AddField(
            model_name='changedorder',
            name='customer',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='flashsale',
            name='hold_out',
            field=models.PositiveSmallIntegerField(default=0, help_text='So many of the members who would hear of it do not, by lot, so that it can be seen what the messages bring.', validators=[django.core.validators.MaxValueValidator(50)], verbose_name='held out, per cent'),
        ),
        migrations.AddField(
            model_name='occasion',
            name='hold_out',
            field=models.PositiveSmallIntegerField(default=0, help_text='So many of these members get nothing, by lot, so that it can be seen what the messages bring.', validators=[django.core.validators.MaxValueValidator(50)], verbose_name='held out, per cent'),
        ),
        migrations.AlterField(
            model_name='changedorder',
            name='order_number',
            field=models.CharField(blank=True, default='', max_length=128),
        ),
        migrations.AddConstraint(
            model_name='changedorder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('customer__isnull', False), ('order_number', '')), models.Q(models.Q(('order_number', ''), _negated=True), ('customer', None)), _connector='OR'), name='loyalty_changedorder_about'),
        ),
        migrations.AddConstraint(
            model_name='flashsale',
            constraint=models.CheckConstraint(condition=models.Q(('hold_out__lte', 50)), name='loyalty_flashsale_hold_out'),
        ),
        migrations.AddConstraint(
            model_name='occasion',
            constraint=models.CheckConstraint(condition=models.Q(('hold_out__lte', 50)), name='loyalty_occasion_hold_out'),
        ),
        migrations.AddField(
            model_name='campaigndraw',
            name='account',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='campaign_draws', to='oscar_loyalty.account'),
        ),
        migrations.AddIndex(
            model_name='campaigndraw',
            index=models.Index(fields=['drawn_at'], name='loyalty_campaigndraw_at'),
        ),
        migrations.AddConstraint(
            model_name='campaigndraw',
            constraint=models.UniqueConstraint(fields=('account', 'kind', 'about'), name='loyalty_campaigndraw_once'),
        ),
    ]
