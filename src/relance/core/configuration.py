"""The settings, read once from RELANCE_* variables and checked; `core.settings_table` names them all."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from phonenumbers import SUPPORTED_REGIONS
from pydantic import ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import ErrorDetails

from relance.core import addresses, hosts, provider_limits, zones
from relance.core.settings_table import Table, dkim_files, is_selector, relay_groups

# What was written in these is not repeated.
SECRETS = frozenset(
    {
        "secret_key", "token_keys", "smtp_url", "sender_relays", "database_url", "warehouse", "bounce_mailbox", "service_key",
        "webhook_secret", "webhook_key",
    }
)  # fmt: skip
OTHERS = frozenset({"RELANCE_TEST_DATA"})  # variables of that name that are no settings


class Settings(Table):
    """One field per setting; the environment variable is RELANCE_ followed by the field's name in capitals."""

    # Django's settings ask this of whatever they hold, each time it is read, and pydantic is slow to say that it has none.
    _mask_wrapped: ClassVar[bool] = True

    @property
    def mails_leave(self) -> bool:
        """Whether mails go to people rather than into a folder here."""
        return bool(self.smtp_url or self.service_key)

    @property
    def mail_domain(self) -> str:
        """The domain mails come from: the one that signs, and that mailbox providers know a sender by."""
        return addresses.domain(self.mail_from)

    @property
    def relay_groups(self) -> dict[str, str]:
        """The relays of single senders: URLs by name, separated by spaces."""
        return relay_groups(self.sender_relays)

    @field_validator("engine")
    @classmethod
    def _is_engine(cls, name: str) -> str:
        """Refuse what is no engine."""
        if not re.fullmatch(r"duckdb|spark://[^\s/,:]+:\d+(,[^\s/,:]+:\d+)*", name):
            raise ValueError("write duckdb, or spark://host:port")
        return name

    @field_validator("warehouse")
    @classmethod
    def _is_warehouse(cls, url: str) -> str:
        """Refuse what is no database's address."""
        if url and urlsplit(url).scheme not in {"postgresql", "postgres"}:
            raise ValueError("write it as postgresql://user:password@host:port/name")
        return url

    @field_validator("smtp_url")
    @classmethod
    def _are_servers(cls, urls: str) -> str:
        """Refuse what is no list of mail servers' addresses."""
        for url in map(urlsplit, urls.split()):
            if url.scheme not in {"smtp", "smtps"} or not url.hostname:
                raise ValueError("write it as smtp://user:password@host:port, or smtps://, several separated by spaces")
        return urls.strip()

    @field_validator("sender_relays")
    @classmethod
    def _are_named_servers(cls, lines: str) -> str:
        """Refuse what names no relay and mail server."""
        for name, urls in relay_groups(lines).items():
            parts = [urlsplit(url) for url in urls.split()]
            servers = all(one.scheme in {"smtp", "smtps"} and one.hostname for one in parts)
            if not (parts and servers and re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name)):
                raise ValueError("write it as outlet=smtp://user:password@host:port, several separated by spaces")
        return lines.strip()

    @field_validator("provider_limits")
    @classmethod
    def _are_limits(cls, text: str) -> str:
        """Refuse what names no provider and rate, or one twice."""
        provider_limits.read(text)
        return text

    @model_validator(mode="before")
    @classmethod
    def _with_address(cls, written: dict[str, Any]) -> dict[str, Any]:
        """Where only a port is written, the pages are reached there."""
        here = {"base_url": f"http://localhost:{written['port']}"} if "port" in written else {}
        return here | written

    @field_validator("base_url", "shop_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        """Refuse what is no address of a site."""
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise ValueError("write it as https://www.example.org")
        return url

    @field_validator("webhook_secret")
    @classmethod
    def _is_pair(cls, pair: str) -> str:
        """Refuse what is no user and password, or can be guessed."""
        user, _, password = pair.partition(":")
        if pair and not (user and len(password) >= 16):
            raise ValueError("write it as user:password, the password of 16 characters or more")
        return pair

    @field_validator("service_url")
    @classmethod
    def _is_private(cls, url: str) -> str:
        """Refuse an address that the key would cross a network to in the clear."""
        parts = urlsplit(url)
        if url and not (parts.hostname and (parts.scheme == "https" or hosts.here(parts.hostname))):
            raise ValueError("write it as https://api.example.org/v3/")
        return url

    @field_validator("alert_webhook", "tracking_url")
    @classmethod
    def _is_hook(cls, url: str) -> str:
        """Refuse what nobody could reach."""
        return cls._is_address(url) if url else url

    @field_validator("alert_addresses")
    @classmethod
    def _are_mailboxes(cls, addresses: str) -> str:
        """Refuse a list with something else than mail addresses."""
        for address in filter(None, map(str.strip, addresses.split(","))):
            cls._is_mailbox(address)
        return addresses

    @field_validator("time_zone")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        """Refuse what is no time zone."""
        return zones.zone(name).key

    @field_validator("country")
    @classmethod
    def _is_country(cls, code: str) -> str:
        """Refuse what is no country."""
        if code not in SUPPORTED_REGIONS:
            raise ValueError("no such country; write its two capital letters, such as FR")
        return code

    @field_validator("bounce_mailbox")
    @classmethod
    def _is_returned_mail(cls, url: str) -> str:
        """Refuse what is no mailbox's address."""
        if url and (urlsplit(url).scheme not in {"imaps", "imap", "pop3s", "pop3"} or not urlsplit(url).hostname):
            raise ValueError("write it as imaps://user:password@host:993/INBOX, or pop3s://")
        return url

    @field_validator("bounce_address")
    @classmethod
    def _has_room(cls, address: str) -> str:
        """Refuse an address whose local part leaves no room for a message's name (64 characters, RFC 5321)."""
        return addresses.return_path(address)

    @field_validator("mail_from", "mail_reply_to", "unsubscribe_address")
    @classmethod
    def _is_own_mailbox(cls, address: str) -> str:
        """Refuse what mails cannot come from."""
        return addresses.own_mailbox(address)

    @field_validator("reply_forward")
    @classmethod
    def _is_mailbox(cls, address: str) -> str:
        """Refuse what is no mail address."""
        return addresses.mailbox(address)

    @field_validator("resolver")
    @classmethod
    def _is_name_server(cls, server: str) -> str:
        """Refuse what is no name server's address and port."""
        host, _, port = server.rpartition(":")
        try:
            if server and not (ip_address(host.strip("[]")) and 0 < int(port) < 65536):
                raise ValueError
        except ValueError:
            raise ValueError("write an address and a port, such as 192.0.2.53:53") from None
        return server

    @field_validator("stop_unopened_days")
    @classmethod
    def _is_told(cls, days: int, known: ValidationInfo) -> int:
        """Refuse to wait for openings that no mail tells of."""
        if days and not known.data.get("last_open_day"):
            raise ValueError("it rests on the day of the last open; set RELANCE_LAST_OPEN_DAY=true first")
        return days

    @field_validator("spamd")
    @classmethod
    def _is_place(cls, place: str) -> str:
        """Refuse what is no host and port."""
        if place and not re.fullmatch(r"([\w.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}", place):
            raise ValueError("write a host and a port, such as 127.0.0.1:783")
        return place

    @field_validator("dkim_keys")
    @classmethod
    def _are_signers(cls, pairs: str) -> str:
        """Refuse what names no selector and file, or a selector twice."""
        if len(dkim_files(pairs)) < len([pair for pair in pairs.split(",") if pair.strip()]):
            raise ValueError("a selector stands twice; name each once")
        for selector, path in dkim_files(pairs).items():
            if not is_selector(selector) or path == Path():
                raise ValueError("write selector=file.pem, such as s2026=dkim/s2026.pem, separated by commas")
        return pairs

    @field_validator("memory_limit")
    @classmethod
    def _is_size(cls, size: str) -> str:
        """Refuse what DuckDB would not take as a size."""
        if not re.fullmatch(r"\d+(\.\d+)? ?(MB|GB|TB|MiB|GiB|TiB)", size):
            raise ValueError("write a size such as 4GB")
        return size

    @field_validator("token_keys")
    @classmethod
    def _are_keys(cls, keys: str) -> str:
        """Refuse what is no list of numbered keys, each long and with a number of its own."""
        found = [entry.strip().partition(":") for entry in keys.split(",") if entry.strip()]
        numbers = [number for number, _, _ in found]
        if not all(number.isdecimal() and 2 <= int(number) <= 255 for number in numbers) or len({*numbers}) < len(
            found
        ):
            raise ValueError("write 2:key, 3:key and so on, each number from 2 to 255 once")
        for _, _, key in found:
            cls._is_long(key or "-")
        return keys

    @field_validator("secret_key")
    @classmethod
    def _is_long(cls, key: str) -> str:
        """Refuse a key that can be guessed."""
        if key and len(key) < 16:
            raise ValueError("too short to keep a secret: use 16 characters or more, or leave it empty")
        return key


def read(environment: dict[str, str]) -> Settings:
    """Return the settings in `environment`; an unknown or invalid RELANCE_ variable is an error naming it."""
    given = {
        name.removeprefix("RELANCE_").lower(): value
        for name, value in environment.items()
        if name.startswith("RELANCE_") and name not in OTHERS
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        problems = "; ".join(map(_problem, error.errors()))
        raise SystemExit(f"Settings refused: {problems}. See docs/en/settings.md for the list.") from None


# What is wrong with a value, by pydantic's name of the problem; `{…}` stands for what the check asked for.
PROBLEMS = {
    "extra_forbidden": "no such setting",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "float_parsing": "write a number, such as 0.5",
    "finite_number": "write a number, such as 0.5",
    "bool_parsing": "write true or false",
    "greater_than_equal": "write {ge} or more",
    "less_than_equal": "write {le} or less",
    "value_error": "{error}",
}


def _problem(found: ErrorDetails) -> str:
    """Return what is wrong with one setting, and what was written; a secret is not repeated."""
    name, context = str(found["loc"][0]), found.get("ctx", {})
    if found["type"] == "string_pattern_mismatch":
        wrong = _expected(str(context.get("pattern", "")))
    else:
        wrong = PROBLEMS.get(found["type"], found["msg"]).format_map(context)
    written = "not shown" if name in SECRETS else repr(found["input"])
    return f"RELANCE_{name.upper()}: {wrong} (it is {written})"


def _expected(pattern: str) -> str:
    """Return in words what a pattern such as `^(fr|en)$` lets pass."""
    words = re.fullmatch(r"\^\(?([A-Za-z|]+)\)?\$", pattern)
    if words:
        return f"write {' or '.join(words[1].split('|'))}"
    return (
        "write three capital letters, such as EUR"
        if "{3}" in pattern
        else "write domains such as `outlook.*, orange.fr`"
    )
