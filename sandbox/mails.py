"""The mails that the demo has sent: they lie in a folder, and a page of the demo shows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

#: So many are shown: who tries out a lot does not wait for the page.
MOST = 50
#: What Django writes after each mail.
END = b"\n" + b"-" * 79 + b"\n"


@dataclass(frozen=True)
class Sent:
    """A mail as its reader sees it."""

    to: str
    subject: str
    sent_at: datetime
    text: str
    html: str

    @property
    def framed(self) -> str:
        """The HTML for a frame: its links open beside it."""
        return self.html.replace("<head>", '<head><base target="_blank">', 1)


def page(request: HttpRequest) -> HttpResponse:
    """The newest mails, the newest first."""
    mails = newest(Path(settings.EMAIL_FILE_PATH))
    return render(request, "demo/mails.html", {"mails": mails, "most": MOST})


def newest(folder: Path) -> list[Sent]:
    """The mails in a folder that Django's backend for files has written, the newest first."""
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    return list(islice((mail for file in files for mail in _in(file)), MOST))


def _in(file: Path) -> Iterator[Sent]:
    # What stands after the last end is still being written.
    for written in reversed(file.read_bytes().split(END)[:-1]):
        yield _read(message_from_bytes(written, _class=EmailMessage, policy=policy.default))


def _read(mail: EmailMessage) -> Sent:
    return Sent(
        to=mail["To"],
        subject=mail["Subject"],
        sent_at=mail["Date"].datetime,
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
    )


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return part.get_content() if part else ""
