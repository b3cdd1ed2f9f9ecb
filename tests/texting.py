"""Text messages as a shop adds them: the channel of the README, and a service that takes them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import Request, urlopen

from django.conf import settings
from oscar.core.loading import get_model

from oscar_loyalty import conf
from oscar_loyalty.shop.channels import Channel
from sandbox.children import HOST

PATH = "tests.texting.Sms"


class Sms(Channel):
    title = "SMS"

    def address_of(self, user):
        address = user.addresses.filter(is_default_for_shipping=True).first()
        return str(address.phone_number) if address else ""

    def deliver(self, letter, to, *, identity):
        text = {"to": to.address, "text": letter.short(160)}
        headers = {"Content-Type": "application/json", "Idempotency-Key": identity}
        request = Request(settings.SMS_URL, json.dumps(text).encode(), headers)  # noqa: S310
        with urlopen(request, timeout=settings.SMS_SECONDS):  # noqa: S310 - our own server
            pass  # any answer but a good one is an error


class Service:
    """What it was asked, in order; it answers with `status`, or not until it is told to."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[dict[str, str]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def texts(self) -> list[tuple[str, str]]:
        return [(one["to"], one["text"]) for one in self.asked]


@contextmanager
def sms_service(settings) -> Iterator[Service]:
    """A real HTTP server, and the shop has a channel to it beside those that ship."""
    service = Service()

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.asked.append({**body, "identity": self.headers["Idempotency-Key"]})
            service.may_answer.wait(20)
            self.send_response(service.status)
            self.end_headers()

        def log_message(self, *args) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_URL, settings.SMS_SECONDS = f"http://{HOST}:{server.server_port}/send", 5
    settings.OSCAR_LOYALTY_CHANNELS = {**conf.CHANNELS.default, "sms": PATH}
    try:
        yield service
    finally:
        service.may_answer.set()
        server.shutdown()
        server.server_close()


def give_phone(user, number: str = "+442083661177") -> None:
    """Let the customer be reached by text messages."""
    uk, _new = get_model("address", "Country").objects.get_or_create(
        iso_3166_1_a2="GB", defaults={"printable_name": "United Kingdom"}
    )
    user.addresses.create(
        line1="1 Lark Lane", country=uk, phone_number=number, is_default_for_shipping=True
    )
