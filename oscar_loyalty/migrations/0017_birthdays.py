import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('oscar_loyalty', '0016_coupon_gifts'),
    ]

    operations = [
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
    ]
