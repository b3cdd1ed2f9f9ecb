import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('order', '__first__'),
        ('oscar_loyalty', '0019_dashboard'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangedOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_number', models.CharField(max_length=128)),
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
                'indexes': [models.Index(fields=['month', 'next_month'], name='loyalty_customermonth')],
                'constraints': [models.UniqueConstraint(fields=('customer', 'month'), name='loyalty_customermonth_once'), models.CheckConstraint(condition=models.Q(('orders__gte', 1), ('orders_so_far__gte', models.F('orders'))), name='loyalty_customermonth_orders'), models.CheckConstraint(condition=models.Q(('cohort__lte', models.F('month')), models.Q(('previous_month', None), ('previous_month__lt', models.F('month')), _connector='OR'), models.Q(('next_month', None), ('next_month__gt', models.F('month')), _connector='OR')), name='loyalty_customermonth_months')],
            },
        ),
    ]
