from datetime import time

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offer', '__first__'),
        ('oscar_loyalty', '0009_messages'),
    ]

    operations = [
        migrations.RemoveConstraint('messagekind', 'loyalty_messagekind_wait_days'),
        migrations.RenameField('messagekind', 'wait_days', 'days'),
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
            },
        ),
        migrations.AddField(
            model_name='messagekind',
            name='gives',
            field=models.CharField(choices=[('nothing', 'Nothing'), ('points', 'Points'), ('percentage', 'A coupon: percentage off goods'), ('amount', 'A coupon: amount off goods'), ('free-shipping', 'A coupon: free shipping')], default='nothing', max_length=16, verbose_name='brings'),
        ),
        migrations.AddField(
            model_name='messagekind',
            name='minimum',
            field=models.DecimalField(decimal_places=2, default=0, help_text='What the goods must cost before discounts; 0 for any order.', max_digits=12, verbose_name='minimum spend'),
        ),
        migrations.AddField(
            model_name='messagekind',
            name='range',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='Only its products are discounted, and count for the minimum.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='offer.range', verbose_name='range'),
        ),
        migrations.AddField(
            model_name='messagekind',
            name='valid_days',
            field=models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='days the coupon is good for'),
        ),
        migrations.AddField(
            model_name='messagekind',
            name='value',
            field=models.DecimalField(decimal_places=2, default=0, help_text='Points, per cent, or money; 0 for free shipping.', max_digits=12, verbose_name='value'),
        ),
        migrations.AlterField(
            model_name='messagekind',
            name='days',
            field=models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(365)], verbose_name='days'),
        ),
        migrations.AlterField(
            model_name='messagelimits',
            name='quiet_from',
            field=models.TimeField(default=time(21, 0), verbose_name='quiet from'),
        ),
        migrations.AlterField(
            model_name='messagelimits',
            name='quiet_until',
            field=models.TimeField(default=time(8, 0), help_text='Between these hours only what answers a member at once is sent, by the clock of the programme. With the same hour in both there are no quiet hours.', verbose_name='quiet until'),
        ),
        migrations.AddConstraint(
            model_name='messagekind',
            constraint=models.CheckConstraint(condition=models.Q(('days__lte', 365)), name='loyalty_messagekind_days'),
        ),
        migrations.AddConstraint(
            model_name='dailysearch',
            constraint=models.UniqueConstraint(fields=('name', 'day'), name='loyalty_dailysearch_once'),
        ),
    ]
