"""The mailing services mails can leave by: what opens each, and what of a mail each takes. Nothing heavy is loaded here."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.module_loading import import_string

from relance.core.errors import ConfigurationError

METADATA = "relance"  # under which a mail carries its name (see `names`) through a service and back by webhook
_NO_RETRY = {"total_max_attempts": 1}  # boto3 tries five times by itself, after timeouts too: that would be five mails


@dataclass(frozen=True)
class Service:
    """One service. `key`: the parts of its key; `raw`: it takes the mail as it is; `quiet`: its tracking can be switched off by mail.

    `headers` are added (`{uuid}` is the message's); `keeps_id`: it sends our Message-ID on instead of one of its own.
    """

    backend: str
    key: tuple[str, ...]
    keeps_id: bool = False
    quiet: bool = False
    raw: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


SERVICES: Mapping[str, Service] = {
    "brevo": Service("brevo", ("api_key",), headers={"idempotencyKey": "{uuid}"}),
    "mailgun": Service("mailgun", ("api_key",), keeps_id=True, quiet=True),
    "mailjet": Service("mailjet", ("api_key", "secret_key"), quiet=True),
    "postmark": Service("postmark", ("server_token",), keeps_id=True, quiet=True, headers={"X-PM-KeepID": "true"}),
    "scaleway": Service("scaleway", ("project_id", "secret_key")),
    "sendgrid": Service("sendgrid", ("api_key",), keeps_id=True, quiet=True),
    "ses": Service("amazon_ses", ("aws_access_key_id", "aws_secret_access_key"), raw=True),
}


def find(name: str) -> Service:
    """Return the service of a name; raise ConfigurationError where mails cannot leave by it."""
    if name not in SERVICES:
        raise ConfigurationError(
            f"No mail can leave by the mailing service {name!r}. Set RELANCE_MAILING_SERVICE to one of {', '.join(SERVICES)}, "
            "or RELANCE_SMTP_URL to its SMTP server, or leave RELANCE_SERVICE_KEY empty."
        )
    return SERVICES[name]


def options(name: str, key: str, url: str, timeout: float) -> dict[str, Any]:
    """Return what anymail's backend of the service is opened with."""
    service = find(name)
    parts = key.split(":", len(service.key) - 1)
    if len(parts) < len(service.key) or not all(parts):
        raise ConfigurationError(
            f"RELANCE_SERVICE_KEY of {name} has {len(service.key)} parts: {':'.join(service.key)}."
        )
    opened: dict[str, Any] = dict(zip(service.key, parts, strict=True))
    if name == "ses":
        return {"session_params": aws_session(key), "client_params": _aws_client(url, timeout)}
    return opened | {"timeout": (10.0, timeout)} | ({"api_url": url} if url else {})


def hush(name: str) -> None:
    """Keep anymail from saying at each turn that its makers no longer have an account at SendGrid to try it with."""
    if name == "sendgrid":
        warnings.filterwarnings("ignore", category=import_string("anymail.exceptions.AnymailNotSupportedWarning"))


def aws_session(key: str) -> dict[str, str]:
    """Return what boto3 signs with; of an empty key nothing, so that it looks where it always does."""
    return dict(zip(SERVICES["ses"].key, key.split(":", 1), strict=True)) if ":" in key else {}


def _aws_client(url: str, timeout: float) -> dict[str, Any]:
    """Return the region (named in the address, as in https://email.eu-west-3.amazonaws.com) and how long to wait."""
    client: dict[str, Any] = {"config": {"retries": _NO_RETRY, "connect_timeout": 10, "read_timeout": timeout}}
    if url:
        region = re.search(r"//email\.([a-z0-9-]+)\.", url)
        client |= {"endpoint_url": url, "region_name": region[1] if region else "us-east-1"}
    return client
