import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('offer', '__first__'),
        ('oscar_loyalty', '0015_occasions'),
        ('voucher', '__first__'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='couponoffer',
            name='loyalty_coupon_value',
        ),
        migrations.AlterField(
            model_name='couponoffer',
            name='kind',
            field=models.CharField(choices=[('percentage', 'Percentage off goods'), ('amount', 'Amount off goods'), ('free-shipping', 'Free shipping'), ('gift', 'One item of a range for free')], max_length=16, verbose_name='gives'),
        ),
        migrations.AlterField(
            model_name='messagekind',
            name='gives',
            field=models.CharField(choices=[('nothing', 'Nothing'), ('points', 'Points'), ('percentage', 'A coupon: percentage off goods'), ('amount', 'A coupon: amount off goods'), ('free-shipping', 'A coupon: free shipping'), ('gift', 'A coupon: one item of a range for free')], default='nothing', max_length=16, verbose_name='brings'),
        ),
        migrations.AlterField(
            model_name='messagekind',
            name='range',
            field=models.ForeignKey(blank=True, db_constraint=False, help_text='Only its products are discounted, and count for the minimum; a gift is one of them.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='offer.range', verbose_name='range'),
        ),
        migrations.AlterField(
            model_name='messagekind',
            name='value',
            field=models.DecimalField(decimal_places=2, default=0, help_text='Points, per cent, or money; 0 for free shipping and for a gift.', max_digits=12, verbose_name='value'),
        ),
        migrations.AddIndex(
            model_name='coupon',
            index=models.Index(condition=models.Q(('order_number', ''), ('origin', None), ('voucher__isnull', False)), fields=['expires_at'], name='loyalty_coupon_unused'),
        ),
        migrations.AddConstraint(
            model_name='couponoffer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'percentage'), ('value__gt', 0), ('value__lte', 100)), models.Q(('kind', 'amount'), ('value__gt', 0)), models.Q(('kind', 'free-shipping'), ('value', 0)), models.Q(('kind', 'gift'), ('range_id__isnull', False), ('value', 0)), _connector='OR'), name='loyalty_coupon_value'),
        ),
    ]
