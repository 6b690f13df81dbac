"""`relance bounces`: what returned mails say, and the ways by which they come in."""

from __future__ import annotations

import signal
import sys
import threading
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from relance.cli import face
from relance.cli.clock import AsOf, instant
from relance.core.errors import ConfigurationError, InputError
from relance.feedback.mails import judging, mailbox, taking
from relance.feedback.mails.mailbox import Mailbox
from relance.feedback.mails.taking import Incoming

app = typer.Typer(help="What returned mails say: bounces, complaints, automatic answers.", no_args_is_help=True)
LARGEST = 50_000_000  # bytes of one mail


@app.command("classify")
def classify(
    folder: Annotated[Path, typer.Argument(help="A folder of mails, one a file; Maildir folders too.")],
    json: face.Json = False,
) -> None:
    """Say of each mail what it is, whom it speaks of, why it came back, and whether the address is dead; writes nothing."""
    judged = [asdict(one) | {"file": name, "number": number} for name, number, one in _judged(folder)]
    face.answer({"mails": judged}, json=json, text=lambda console: _print(console, judged))


@app.command("read")
def read(as_of: AsOf = None, json: face.Json = False) -> None:
    """Read the mailbox of RELANCE_BOUNCE_MAILBOX now and act on what came; a running worker does so every minute."""
    url = settings.RELANCE.bounce_mailbox
    if not url:
        raise ConfigurationError(
            "No mailbox is set. Put imaps://user:password@host:993/INBOX in RELANCE_BOUNCE_MAILBOX, or hand mails over "
            "with `relance bounces take` or `relance bounces serve`."
        )
    _answer(mailbox.read(Mailbox.of(url), instant(as_of)), json=json)


@app.command("take")
def take(
    file: Annotated[
        Path,
        typer.Argument(help="A file that holds one mail; - reads it from the input, as a mail server's pipe gives it."),
    ],
    recipient: Annotated[
        list[str] | None, typer.Option("--recipient", help="Whom the envelope named, where the server tells.")
    ] = None,
    sender: Annotated[
        str | None,
        typer.Option(
            "--sender", help="Who the envelope said it is from, where the server tells; empty for a server's."
        ),
    ] = None,
    as_of: AsOf = None,
    json: face.Json = False,
) -> None:
    """Act on one mail that came back. Leaves with 75 where that cannot be done now, so that a mail server tries again."""
    mail = Incoming(_content(file), tuple(recipient or ()), sender)
    _answer(taking.take([mail], "pipe", instant(as_of)), json=json)


@app.command("serve")
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on.", min=1, max=65535)] = 8024,
) -> None:
    """Listen for a mail server that hands returned mails over by LMTP, until stopped."""
    from relance.feedback.mails import lmtp

    server = lmtp.Server(host, port, lambda: datetime.now(UTC))
    try:
        server.start()
    except OSError as error:
        raise ConfigurationError(f"{host}:{port} cannot be listened on: {error}. Choose another port.") from error
    Console(stderr=True).print(f"Listening for returned mails by LMTP on {host}:{port}. Ctrl-C stops.")
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    try:
        stopped.wait()
    finally:
        server.stop()


def _content(file: Path) -> bytes:
    """Return one mail, from a file or from the input; InputError where there is none or it is too large."""
    if str(file) != "-" and not file.is_file():
        raise InputError(f"{file} is not a file. Give one that holds a mail, or - to read the input.")
    with sys.stdin.buffer if str(file) == "-" else file.open("rb") as source:
        content = source.read(LARGEST + 1)
    if not content.strip():
        raise InputError("There is no mail: nothing was given. Give a file, or - and the mail as input.")
    if len(content) > LARGEST:
        raise InputError(f"The mail has more than {LARGEST // 1_000_000} MB: no mail is as large. Nothing was written.")
    return content


def _answer(counted: Counter[str], *, json: bool) -> None:
    def text(console: Console) -> None:
        said = ", ".join(f"{kind} {count}" for kind, count in counted.most_common())
        console.print(f"Taken: {said}." if said else "Nothing new came.")

    face.answer({"taken": dict(counted)}, json=json, text=text)


def _judged(folder: Path) -> list[tuple[str, int, judging.Judged]]:
    """Return the judgements of every mail below a folder, by name; InputError where there is none."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder. Give one that holds mails, one a file.")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    if not files:
        raise InputError(f"{folder} holds no file. Give a folder of mails, one a file.")
    found = []
    for path in files:
        if path.stat().st_size > LARGEST:
            raise InputError(
                f"{path} has more than {LARGEST // 1_000_000} MB: no mail is as large. Take it out of the folder."
            )
        mail = path.read_bytes()
        name = str(path.relative_to(folder))
        found += [(name, number, one) for number, one in enumerate(judging.judge(mail), start=1)]
    return found


def _print(console: Console, judged: list[dict[str, Any]]) -> None:
    table = Table("mail", "kind", "recipient", "status", "reason", "hard", box=None)
    for one in judged:
        table.add_row(
            escape(one["file"]),
            one["kind"],
            escape(one["recipient"]),
            one["status"],
            one["reason"],
            "yes" if one["hard"] else "",
        )
    console.print(table)
    kinds = Counter(one["kind"] for one in judged)
    dead = sum(one["hard"] for one in judged)
    counted = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
    console.print(f"{len(judged)} judged: {counted}; dead addresses {dead}. Nothing was written.")
    for said in dict.fromkeys(one["text"] for one in judged if one["kind"] == "other" and one["text"]):
        console.print(escape(said))
