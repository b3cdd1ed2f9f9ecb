"""`manage.py loyalty_report NAME`: a report, for people and for programs."""

import csv
import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from oscar_loyalty.errors import LoyaltyError
from oscar_loyalty.flows import report_made
from oscar_loyalty.flows.report_made import Made
from oscar_loyalty.program.reports.policy.tables import ALL
from oscar_loyalty.program.reports.queries import REPORTS
from oscar_loyalty.words import figures
from oscar_loyalty.words import reports as words

#: Also what argparse ends with when it is given nonsense.
REFUSED = 2


class Command(BaseCommand):
    help = "Print a report about customers and the programme. Without days: the last 12 months."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help=f"One of: {', '.join(REPORTS)}.")
        parser.add_argument("--from", dest="first", help="The first day, such as 2026-01-01.")
        parser.add_argument("--to", dest="last", help="The last day, such as 2026-12-31.")
        parser.add_argument("--segment", default=ALL, help="Only a part of the customers.")
        parser.add_argument("--format", choices=("table", "csv", "json"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = report_made.run(
                options["name"],
                first=_day(options["first"]),
                last=_day(options["last"]),
                segment=options["segment"],
                at=timezone.now(),
            )
        except LoyaltyError as refused:
            raise CommandError(str(refused), returncode=REFUSED) from refused
        getattr(self, f"_print_{options['format']}")(made)

    def _print_csv(self, made: Made) -> None:
        writer = csv.writer(self.stdout, lineterminator="\n")
        writer.writerows(words.lines(made.table))

    def _print_json(self, made: Made) -> None:
        columns, period = made.table.columns, made.scope.period
        answer = {
            "report": made.report.name,
            "question": str(made.report.question),
            "from": period.first.isoformat(),
            "to": period.last.isoformat(),
            "segment": made.scope.segment,
            "currency": made.scope.basis.currency,
            "counted_at": made.counted_at.isoformat(),
            "rows": [_for_machines(row, columns) for row in made.table.rows],
            "whole": made.table.total and _for_machines(made.table.total, columns),
        }
        self.stdout.write(json.dumps(answer, ensure_ascii=False))

    def _print_table(self, made: Made) -> None:
        self.stdout.write(str(made.report.question))
        self.stdout.write(words.period(made.scope.period, made.report))
        if made.table.is_empty:
            self.stdout.write(words.nothing())
            return
        lines = words.lines(made.table)
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            cells = [f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)]
            self.stdout.write("  ".join(cells).rstrip())


def _for_machines(row: Any, columns: Any) -> dict[str, Any]:
    return {
        column.name: figures.machine(row[column.name], column)
        for column in columns
        if column.name in row
    }


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError as error:
        raise CommandError(
            f"{text} is not a day; write it as 2026-01-31.", returncode=REFUSED
        ) from error
