"""The interfaces of seven mailing services on loopback: they take what the services document, and answer as those do."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl

KEYS = {
    "brevo": "xkeysib-0123", "mailgun": "key-0123", "mailjet": "public-0123:private-0123", "postmark": "token-0123",
    "scaleway": "project-0123:secret-0123", "sendgrid": "SG.0123", "ses": "AKIA0123:secret-0123",
}  # fmt: skip
PATHS = {
    "brevo": "/v3/", "mailgun": "/v3", "mailjet": "/v3.1/", "postmark": "/", "scaleway": "/regions/fr-par/",
    "sendgrid": "/v3/", "ses": "",
}  # fmt: skip


@dataclass(frozen=True)
class Taken:
    """One mail as a service understood it; `raw` where the service was given the mail itself."""

    to: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    uuid: str
    path: str
    key: str
    quiet: bool = False
    raw: bytes = b""


@dataclass
class Api:
    """The other side: what it took, and what it answers instead of taking (`refuse`) or after having taken (`silent`)."""

    service: str
    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    refuse: Callable[[str], tuple[int, Any, dict[str, str]] | None] = lambda _to: None
    silent: Callable[[str], bool] = lambda _to: False
    answer: Callable[[str], tuple[int, Any] | None] = lambda _to: None


def _json(path: str, headers: Any, body: bytes, service: str) -> Taken:
    """Read the four services whose requests are one JSON object with fields of their own."""
    data = json.loads(body)
    if service == "brevo":
        given = data["headers"]
        return Taken(
            data["to"][0]["email"], data["subject"], data["textContent"], data.get("htmlContent", ""), given,
            json.loads(given["X-Mailin-custom"])["relance"], path, headers["api-key"],
        )  # fmt: skip
    if service == "mailjet":
        one = data["Globals"] | data["Messages"][0]
        quiet = one.get("TrackOpens") == one.get("TrackClicks") == "disabled"
        return Taken(
            one["To"][0]["Email"], one["Subject"], one["TextPart"], one.get("HTMLPart", ""), one.get("Headers", {}),
            json.loads(one["EventPayload"])["relance"], path, headers["Authorization"], quiet,
        )  # fmt: skip
    if service == "postmark":
        given = {one["Name"]: one["Value"] for one in data["Headers"]}
        quiet = data.get("TrackOpens") is False and data.get("TrackLinks") == "None"
        return Taken(
            data["To"], data["Subject"], data["TextBody"], data.get("HtmlBody", ""), given, data["Metadata"]["relance"],
            path, headers["X-Postmark-Server-Token"], quiet,
        )  # fmt: skip
    if service == "scaleway":
        given = {one["key"]: one["value"] for one in data["additional_headers"]}
        return Taken(
            data["to"][0]["email"], data["subject"], data["text"], data.get("html", ""), given,
            json.loads(given["X-Metadata"])["relance"], path, headers["X-Auth-Token"],
        )  # fmt: skip
    content = {one["type"]: one["value"] for one in data["content"]}
    person = data["personalizations"][0]
    tracking = data["tracking_settings"]
    quiet = not tracking["open_tracking"]["enable"] and not tracking["click_tracking"]["enable"]
    return Taken(
        person["to"][0]["email"], data["subject"], content["text/plain"], content.get("text/html", ""),
        data.get("headers", {}) | person.get("headers", {}), data["custom_args"]["relance"], path,
        headers["Authorization"], quiet,
    )  # fmt: skip


def _form(path: str, headers: Any, body: bytes) -> Taken:
    data = dict(parse_qsl(body.decode()))
    given = {name[2:]: value for name, value in data.items() if name.startswith("h:")}
    quiet = data.get("o:tracking-opens") == data.get("o:tracking-clicks") == "no"
    return Taken(
        data["to"], data["subject"], data["text"], data.get("html", ""), given, data["v:relance"], path,
        headers["Authorization"], quiet,
    )  # fmt: skip


def _raw(path: str, headers: Any, body: bytes) -> Taken:
    data = json.loads(body)
    raw = base64.b64decode(data["Content"]["Raw"]["Data"])
    read = message_from_bytes(raw, policy=policy.default)
    return Taken(
        data["Destination"]["ToAddresses"][0], str(read["Subject"]), "", "", dict(read.items()),
        json.loads(str(read["X-Metadata"]))["relance"], path, headers["Authorization"], raw=raw,
    )  # fmt: skip


def read(service: str, path: str, headers: Any, body: bytes) -> Taken:
    """Return the mail in a request to a service."""
    if service == "mailgun":
        assert "files" not in parse_qs(body.decode())
        return _form(path, headers, body)
    return _raw(path, headers, body) if service == "ses" else _json(path, headers, body, service)


def thanks(service: str, to: str, number: int) -> tuple[int, Any]:
    """Return what a service answers that has taken a mail."""
    return {
        "brevo": (201, {"messageId": f"<{number}@smtp-relay.mailin.fr>"}),
        "mailgun": (200, {"id": f"<{number}@example.org>", "message": "Queued. Thank you."}),
        "mailjet": (200, {"Messages": [{"Status": "success", "To": [{"Email": to, "MessageID": number, "MessageUUID": "u"}]}]}),
        "postmark": (200, {"To": to, "SubmittedAt": "2026-07-27T08:00:00Z", "MessageID": f"{number}", "ErrorCode": 0, "Message": "OK"}),
        "scaleway": (200, {"emails": [{"id": f"{number}", "mail_rcpt": to, "status": "sending"}]}),
        "sendgrid": (202, None),
        "ses": (200, {"MessageId": f"0100-{number}"}),
    }[service]  # fmt: skip


@contextmanager
def opened(service: str) -> Iterator[Api]:
    """Run the interface of a service on a free port until the block ends."""
    api = Api(service)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            taken = read(service, self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"])))
            if refusal := api.refuse(taken.to):
                return self.say(*refusal)
            api.taken.append(taken)
            if api.silent(taken.to):
                self.close_connection = True
                return None
            status, told = api.answer(taken.to) or thanks(service, taken.to, len(api.taken))
            return self.say(status, told, {})

        def say(self, status: int, told: Any, headers: dict[str, str]) -> None:
            body = told if isinstance(told, bytes) else b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_port}{PATHS[service]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
