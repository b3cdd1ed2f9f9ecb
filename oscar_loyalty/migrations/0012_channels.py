from django.db import migrations, models

import oscar_loyalty.program.messages.models


class Migration(migrations.Migration):

    dependencies = [
        ('oscar_loyalty', '0011_warnings'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='channel',
            field=models.CharField(default='email', max_length=16, verbose_name='channel'),
        ),
        migrations.AddField(
            model_name='messagekind',
            name='channels',
            field=models.JSONField(default=oscar_loyalty.program.messages.models.by_email, help_text='Each sends the message once.', verbose_name='channels'),
        ),
        migrations.AddConstraint(
            model_name='messagekind',
            constraint=models.CheckConstraint(condition=models.Q(('channels', []), _negated=True), name='loyalty_messagekind_channel'),
        ),
    ]
