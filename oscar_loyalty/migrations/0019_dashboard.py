"""The dashboard: what staff may do there, failed messages found at once, the last audit kept."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("oscar_loyalty", "0018_apologies"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "singleton",
                    models.PositiveSmallIntegerField(default=1, editable=False, unique=True),
                ),
                ("asked_at", models.DateTimeField(null=True)),
                ("begun_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("members", models.PositiveIntegerField(default=0)),
                ("orders", models.PositiveIntegerField(default=0)),
                ("found", models.PositiveIntegerField(default=0)),
                ("examples", models.JSONField(default=list)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="account",
            options={
                "permissions": [
                    ("adjust_points", "Can adjust a member's points"),
                    ("merge_members", "Can merge two members"),
                    ("block_members", "Can block a member from spending points"),
                    ("approve_points", "Can approve what a colleague adjusts"),
                    ("export_members", "Can export members and lists of them"),
                    ("erase_members", "Can erase a member"),
                    ("edit_texts", "Can edit the texts of messages"),
                ],
                "verbose_name": "member",
                "verbose_name_plural": "members",
            },
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "failed")),
                fields=["-id"],
                name="loyalty_message_failed",
            ),
        ),
        migrations.AddConstraint(
            model_name="auditreport",
            constraint=models.CheckConstraint(
                condition=models.Q(("singleton", 1)), name="loyalty_auditreport_one"
            ),
        ),
    ]
