"""What the page of the sender outside tells: the last examination, the worst first, and the settings it misses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from relance.delivery import keys
from relance.measurement.sender import examination, words
from relance.measurement.sender.findings import Finding
from relance.senders import register
from relance.web import tags
from relance.web.language import current
from relance.web.sender import choice, examining

Data = dict[str, Any]
COLOURS = {"ok": "green", "unknown": "azure", "advice": "yellow", "fault": "red"}


def board(now: datetime, domain: str) -> Data:
    """Return what the last examination of a domain found, in words, and what is not set."""
    found = examination.latest(domain)
    findings = [] if found is None else found.findings
    return {
        "now": now, "domain": domain, "senders": choice.offered(domain), "found": found, "missing": _missing(findings, domain),
        "to_mend": [] if found is None else [line(one) for one in found.to_mend()],
        "good": [line(one) for one in findings if one.level == "ok"],
        "faults": sum(one.level == "fault" for one in findings), "all": len(findings),
        "examining": examining.told(now), "nightly": register.mails_leave(),
    }  # fmt: skip


def line(finding: Finding) -> Data:
    """Return a finding in words."""
    language = current()
    return {
        "level": words.level(finding, language), "colour": COLOURS[finding.level], "code": finding.code,
        "sentence": tags.typeset(words.sentence(finding, language)), "advice": tags.typeset(words.advice(finding, language)),
    }  # fmt: skip


def _missing(findings: list[Finding], domain: str) -> list[tuple[str, str, str]]:
    """Return the settings that are empty and without which something cannot be looked at, each with its name and what it is for."""
    ours, senders = settings.RELANCE, [one for one in register.in_force().values() if one.domain == domain]
    selectors = "RELANCE_DKIM_SELECTORS" if domain == register.default().domain else "dkim_selectors"
    refused = any(one.code == "list_refuses" for one in findings)
    wanted = (
        (not register.mails_leave(), _("Mail server"), "RELANCE_SMTP_URL", _("the server mails leave by; without it the nightly examination does not run")),
        (not ours.sending_hosts, _("Sending addresses"), "RELANCE_SENDING_HOSTS", _("the addresses mails leave from; without them only the domain is looked at")),
        (not keys.selectors(senders), _("DKIM keys"), selectors, _("the selectors of your DKIM keys; your mailing service shows them")),
        (refused and not ours.resolver, _("Name server"), "RELANCE_RESOLVER", _("a name server of your own; large blocklists refuse the public ones")),
    )  # fmt: skip
    return [(title, name, why) for is_missing, title, name, why in wanted if is_missing]
