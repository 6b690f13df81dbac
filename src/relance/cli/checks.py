"""`relance check`: what is misconfigured, or stands in the way of sending."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import typer
from django.conf import settings
from rich.console import Console

from relance.cli import face
from relance.core import database, faults, hosts, place, provider_limits
from relance.core.errors import ConfigurationError, RelanceError
from relance.delivery import keys, relays, stalls
from relance.eligibility import permission
from relance.eligibility.breaker import providers
from relance.events import lake
from relance.intake import sources
from relance.journeys import definition, publishing
from relance.journeys.models import Journey
from relance.outbox.models import OWED
from relance.senders import register
from relance.senders.sender import DEFAULT, EXAMPLE, Sender


@dataclass(frozen=True)
class Finding:
    """Something looked at: `level` is ok, warning or error."""

    level: str
    subject: str
    sentence: str


def check(json: face.Json = False) -> None:
    """Say what is misconfigured; exit code 1 if anything stands in the way."""
    found = [*_folders(), *_database()] if database.exists() else [Finding("error", "data folder", database.absent())]
    if not any(finding.level == "error" for finding in found):
        found += _sending()  # which asks the database

    def text(console: Console) -> None:
        colours = {"ok": "green", "warning": "yellow", "error": "red"}
        for finding in found:
            console.print(f"[{colours[finding.level]}]{finding.level:8}[/] {finding.subject}: {finding.sentence}")

    face.answer({"findings": [vars(finding) for finding in found]}, json=json, text=text)
    if any(finding.level == "error" for finding in found):
        raise typer.Exit(1)


def _folders() -> list[Finding]:
    try:
        folder = place.folder(".")
        writable = os.access(folder, os.W_OK)
    except RelanceError as error:
        return [Finding("error", "data folder", str(error))]
    free = os.statvfs(folder)
    gigabytes = free.f_bavail * free.f_frsize / 1e9
    if not writable:
        return [Finding("error", "data folder", f"{folder} cannot be written. Set RELANCE_DATA to a folder of yours.")]
    if gigabytes < 2:
        return [Finding("warning", "data folder", f"only {gigabytes:.1f} GB are free in {folder}.")]
    return [Finding("ok", "data folder", f"{folder}, {gigabytes:.0f} GB free.")]


def _database() -> list[Finding]:
    try:
        database.start()
        ((version,),) = database.rows("SHOW server_version")
        number = int(version.split(".")[0])
    except RelanceError as error:
        return [Finding("error", "database", str(error))]
    if number < 15:
        return [Finding("error", "database", f"PostgreSQL {version} is too old; 15 or later is needed.")]
    which = "embedded" if database.is_embedded() else "yours"
    database.migrate()
    return [Finding("ok", "database", f"PostgreSQL {version} ({which})."), _lake(), *_stages(), *_people(), *_queue()]


def _lake() -> Finding:
    try:
        snapshot = lake.snapshot()
    except RelanceError as error:
        return Finding("error", "lake", str(error))
    return Finding("ok", "lake", f"{len(snapshot.of())} files in {place.current().lake}, version {snapshot.version}.")


def _stages() -> list[Finding]:
    """Name the stages that fail; the others go on."""
    return [
        Finding("error", "stages", f"`{fault.stage}` has failed since {fault.since:%Y-%m-%d %H:%M} UTC: {fault.error}")
        for fault in faults.known()
    ]


def _people() -> list[Finding]:
    """Look at who is in, and whether what runs may start."""
    found = []
    if sources.invented():
        found.append(
            Finding(
                "warning", "sample shop", "its invented people are in: whatever RELANCE_SMTP_URL says, mails only go to the Maildir. "
                "Use another RELANCE_DATA for your own people."
            )
        )  # fmt: skip
    running = Journey.objects.filter(running=True).order_by("name").values_list("name", flat=True)
    waiting = [name for name in running if definition.of(publishing.latest(name)).purpose not in OWED]
    if waiting and not permission.opt_outs_known():
        found.append(
            Finding(
                "warning", "opt-outs", f"those of the former tool are not in, so nobody enters {', '.join(waiting)}. Import them "
                "(`relance import suppressions FILE`), or declare that there are none (`relance declare no-opt-outs --by NAME`)."
            )
        )  # fmt: skip
    return found


def _queue() -> list[Finding]:
    """Look at what keeps due messages from leaving."""
    stall = stalls.look(datetime.now(UTC)).stall
    if stall is None or stall.code == "deferred":
        return []
    return [Finding("error" if stall.code == "restored" else "warning", "queue", stall.said("en"))]


def _links() -> list[Finding]:
    """Look at the address under which recipients reach the pages."""
    relance, found = settings.RELANCE, []
    address = urlsplit(relance.base_url)
    if address.scheme != "https":
        said = "RELANCE_BASE_URL is not https; mailbox providers ask for it to unsubscribe with one click."
        found.append(Finding("warning", "links", said))
    if hosts.here(address.hostname):
        said = "RELANCE_BASE_URL points at this machine: recipients cannot click or unsubscribe."
        found.append(Finding("warning", "links", said))
        port = address.port or (443 if address.scheme == "https" else 80)
        if port != relance.port:
            said = f"RELANCE_BASE_URL names port {port}, and the web server listens on {relance.port} (RELANCE_PORT): links lead nowhere."
            found.append(Finding("warning", "links", said))
    return found


def _default() -> list[Finding]:
    """Look at what people see of the default sender, and say where it is written."""
    ours, example = register.default(), type(settings.RELANCE).model_fields["shop_url"].default
    page = f"write it at {settings.RELANCE.base_url.rstrip('/')}/sender/senders/ or set"
    found = []
    if ours.domain == EXAMPLE:
        said = f"{ours.address} is still the example; give an address of your domain: {page} RELANCE_MAIL_FROM."
        found.append(Finding("warning", "sender", said))
    if not ours.postal_address:
        said = (
            f"commercial mails must say where you are, and no postal address is known: {page} RELANCE_POSTAL_ADDRESS."
        )
        found.append(Finding("warning", "sender", said))
    if ours.shop_url == example:
        said = f"the links of the shipped templates lead to {example}, not to your shop: {page} RELANCE_SHOP_URL."
        found.append(Finding("warning", "shop", said))
    return found


def _others() -> list[Finding]:
    """Look at the senders beside the default."""
    return [
        finding
        for sender in register.in_force().values()
        if sender.name != DEFAULT
        for finding in (*_sender(sender), *_signatures(sender))
    ]


def _sender(sender: Sender) -> list[Finding]:
    """Look at what recipients and mailbox providers will see of a sender, and at its way out."""
    found, subject = [], f"sender {sender.name}"
    if sender.domain == EXAMPLE:
        found.append(
            Finding("warning", subject, f"{sender.address} is still an example; apply an address of your domain.")
        )
    if not sender.relays:
        return found
    try:
        known = relays.read(settings.RELANCE.relay_groups.get(sender.relays, ""), "RELANCE_SENDER_RELAYS")
    except ConfigurationError as error:
        return [*found, Finding("error", subject, f"no mail of it leaves by `{sender.relays}`: {error}")]
    return [*found, Finding("ok", subject, f"its mails leave by {', then '.join(relay.where for relay in known)}.")]


def _signatures(sender: Sender) -> list[Finding]:
    """Look at the keys that sign a sender's mails."""
    leaves = settings.RELANCE.smtp_url or sender.relays
    subject = "signatures" if sender.name == DEFAULT else f"signatures of {sender.name}"
    try:
        known = keys.in_force(sender)
    except ConfigurationError as error:
        return [Finding("error", subject, str(error))]
    found = [
        Finding("warning", subject, f"others can read the DKIM key {key.file}. Run `chmod 600` on it.")
        for key in known
        if key.exposed
    ]
    found += [
        Finding(
            "warning",
            subject,
            f"the DKIM key of {key.selector} has {key.bits} bits; make one of 2,048 (`relance dkim new`).",
        )
        for key in known
        if key.short
    ]
    if leaves and not (known or sender.dkim_selectors):
        said = "no DKIM key signs mails, which mailbox providers ask for. Run `relance dkim new`, or name the selectors of your relay."
        found.append(Finding("warning", subject, said))
    return found


def _sending() -> list[Finding]:
    """Look at what recipients and mailbox providers will see."""
    relance, found = settings.RELANCE, []
    if not relance.mails_leave:
        maildir = Path(place.current().data) / "maildir"
        which = "mails of senders without relays of their own" if register.mails_leave() else "mails"
        found.append(
            Finding(
                "warning",
                "sending",
                f"RELANCE_SMTP_URL and RELANCE_SERVICE_KEY are empty: {which} are written to {maildir} and leave nowhere.",
            )
        )
    if relance.service_key and not (relance.smtp_url or relance.webhook_secret or relance.webhook_key):
        said = f"{relance.mailing_service} sends the mails, and nothing hears what becomes of them: set RELANCE_WEBHOOK_SECRET."
        found.append(Finding("warning", "sending", said))
    found += [*_default(), *_links(), *_signatures(register.default()), *_others()]
    return [*(found or [Finding("ok", "sending", "The way out, sender and links are set.")]), *_relays(), *_limits()]


def _relays() -> list[Finding]:
    """Name the relays mails go to, in the order they stand in for each other."""
    if not settings.RELANCE.smtp_url:
        return []
    try:
        known = relays.read(settings.RELANCE.smtp_url)
    except ConfigurationError as error:
        return [Finding("error", "relays", str(error))]
    names = ", then ".join(relay.where for relay in known)
    return (
        [Finding("ok", "relays", f"{names}: the next takes mails where the one before takes none.")]
        if known[1:]
        else []
    )


def _limits() -> list[Finding]:
    """Look for limits of a provider nobody has."""
    named = provider_limits.read(settings.RELANCE.provider_limits).keys() - {provider_limits.REST, *providers.NAMES}
    return [
        Finding(
            "warning", "limits", f"RELANCE_PROVIDER_LIMITS names {name}, which is no mailbox provider: write one of "
            f"{', '.join(providers.NAMES)}, or a domain."
        )
        for name in sorted(named)
        if "." not in name
    ]  # fmt: skip
