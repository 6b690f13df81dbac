"""Every setting of Relance: its name, default and sentence, read once from RELANCE_* variables."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from phonenumbers import SUPPORTED_REGIONS
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

SECRETS = frozenset(
    {"secret_key", "token_keys", "smtp_url", "database_url", "warehouse"}
)  # what was written in them is not repeated
OTHERS = frozenset({"RELANCE_TEST_DATA"})  # variables of that name that are no settings


class Settings(BaseModel):
    """One field per setting; the environment variable is RELANCE_ followed by the field's name in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Field(Path("relance-data"), description="Folder that holds the embedded database, the lake and files.")
    database_url: str = Field(
        "", description="postgresql://user:password@host:port/name of your own server; empty starts the embedded one."
    )
    durable: bool = Field(
        True, description="Whether the embedded database survives a power cut; only tests do without."
    )
    lake: str = Field("", description="Folder of the event lake; empty means `lake` inside the data folder.")
    secret_key: str = Field("", description="Signs links and hashes suppressions; empty keeps one in the data folder.")
    base_url: str = Field("http://localhost:8000", description="Address under which recipients reach the web pages.")
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port the web server listens on.")
    tracking_url: str = Field(
        "",
        description="Address that links in mails lead through, where the tracking server has its own; empty is base_url.",
    )
    tracking_port: int = Field(
        0, ge=0, le=65535, description="Port the tracking server listens on; 0 leaves its links to the web server."
    )
    token_keys: str = Field(
        "",
        description="Further keys that sign links, as number:key from 2 on, separated by commas; the highest number signs.",
    )
    oldest_token_key: int = Field(
        1, ge=1, le=255, description="Lowest number of a key whose links are still taken; 1 is made of secret_key."
    )
    allowed_hosts: str = Field("", description="Host names the web server answers to, separated by commas.")
    time_zone: str = Field("Europe/Paris", description="Time zone of people and files that name none.")
    country: str = Field("FR", description="Country of people and commercial periods that name none.")
    language: str = Field("fr", pattern="^(fr|en)$", description="Language of people who name none: fr or en.")
    currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="Currency of all amounts, as its ISO 4217 code.")
    engine: str = Field(
        "duckdb",
        description="Engine that scores the whole base: duckdb, or a Spark cluster by its master, spark://host:port.",
    )
    contacts_at_once: int = Field(
        2_000_000,
        ge=1,
        description="Contacts scored at once; a larger base is scored part by part, so that memory stays bounded.",
    )
    warehouse: str = Field(
        "",
        description="postgresql://user:password@host:port/name of a warehouse that holds the history; empty uses the lake alone.",
    )
    warehouse_mapping: str = Field("", description="YAML file that says what the warehouse's tables and columns mean.")
    memory_limit: str = Field("4GB", description="Memory DuckDB may use before it spills to disk.")
    hot_days: int = Field(90, ge=1, description="Days an event stays in PostgreSQL after its flush to the lake.")
    smtp_url: str = Field(
        "", description="smtp://user:password@host:port, or smtps://; empty writes mails to a Maildir instead."
    )
    smtp_connections: int = Field(4, ge=1, le=100, description="SMTP connections open at once.")
    mail_from: str = Field("shop@example.org", description="Address that mails come from.")
    mail_from_name: str = Field("Relance", description="Name that mails come from.")
    mail_reply_to: str = Field("", description="Address that answers go to; empty means the sender's.")
    unsubscribe_address: str = Field(
        "",
        description="Mailbox that also takes unsubscribe requests by mail, if you read one; empty offers the link alone.",
    )
    send_attempts: int = Field(
        6, ge=1, le=20, description="Times a message is offered before temporary refusals make it failed."
    )
    shop_url: str = Field(
        "https://shop.example.org", description="Address of the shop, which links in mails start from."
    )
    postal_address: str = Field("", description="Postal address printed at the foot of each commercial mail.")
    batch: int = Field(1000, ge=1, le=20000, description="Messages a dispatch takes at once.")
    lease_seconds: int = Field(300, ge=10, description="Seconds a worker may hold a claimed message.")
    message_days: int = Field(3, ge=1, description="Days a message may wait before it expires unsent.")
    delivered_hours: int = Field(
        24, ge=0, description="Hours without a bounce after which a sent mail counts as delivered."
    )
    click_seconds: int = Field(
        120, ge=10, le=3600, description="Seconds a click waits for what would betray a machine, before it counts."
    )
    machine_seconds: int = Field(
        5, ge=0, le=600, description="Seconds after sending within which a click is taken for a machine's."
    )
    scanner_networks: str = Field(
        "",
        description="File of networks of security scanners, one CIDR a line; clicks from there are machines'. Empty knows none.",
    )
    trap_link: bool = Field(
        True,
        description="Whether mails hold a link that no person sees, so that who follows it is known for a machine.",
    )
    hit_days: int = Field(
        30, ge=1, le=390, description="Days a raw click is kept with its verdict; the events made of it stay."
    )
    last_open_day: bool = Field(
        False,
        description="Whether mails asked for also tell the day of the last open of who did not consent, only to stop mailing.",
    )
    pressure_day: int = Field(1, ge=0, description="Commercial messages a person may get in a day.")
    pressure_week: int = Field(3, ge=0, description="Commercial messages a person may get in seven days.")
    pressure_month: int = Field(15, ge=0, description="Commercial messages a person may get in thirty days.")
    pressure_dormant_days: int = Field(5, ge=0, description="Days between two commercial messages to a dormant person.")
    blackout_lead_days: int = Field(3, ge=0, description="Days before a commercial period when reactivations wait.")
    blackout_tail_days: int = Field(3, ge=0, description="Days after a commercial period when reactivations wait.")
    blackout_spread_days: int = Field(5, ge=1, description="Days over which reactivations come back after a blackout.")
    blackout_spread_daily: int = Field(
        5000, ge=1, description="Reactivations that come back a day after a blackout; more people take more days."
    )
    quiet_from: int = Field(
        21, ge=0, le=24, description="Hour from which e-mails and pushes wait, in the person's own time."
    )
    quiet_until: int = Field(
        7, ge=0, le=24, description="Hour until which they wait; the same hour twice means no quiet hours."
    )
    contact_hours: str = Field(
        "",
        description="YAML file whose lawful hours of SMS and calls take the place of the shipped ones; empty uses these.",
    )
    best_hour: bool = Field(
        False,
        description="Whether e-mails of journeys wait, a day at most, for the hour the person is most often seen in.",
    )
    mail_cost: float = Field(
        0.0008,
        ge=0,
        allow_inf_nan=False,
        description="What sending one mail costs, in the currency; prices the mails nobody reads.",
    )
    sms_cost: float = Field(0.05, ge=0, allow_inf_nan=False, description="What sending one SMS costs, in the currency.")
    postal_cost: float = Field(
        0.9, ge=0, allow_inf_nan=False, description="What sending one letter costs, in the currency."
    )
    push_cost: float = Field(
        0, ge=0, allow_inf_nan=False, description="What sending one push notification costs, in the currency."
    )
    phone_cost: float = Field(2.5, ge=0, allow_inf_nan=False, description="What one phone call costs, in the currency.")
    audience_cost: float = Field(
        0.01, ge=0, allow_inf_nan=False, description="What matching one person on a network costs, in the currency."
    )
    return_days: int = Field(
        90, ge=7, le=730, description="Days within which a silent person who comes back counts as come back."
    )
    return_margin: float = Field(
        0,
        ge=0,
        allow_inf_nan=False,
        description="Margin that a person who comes back brings, in the currency; 0 takes the mean purchase and margin_rate.",
    )
    margin_rate: float = Field(
        0.3,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Share of a purchase that is margin, where return_margin is 0.",
    )
    relaunch_mails: int = Field(3, ge=1, le=20, description="Mails that one relaunch of a silent person takes.")
    harm_cost: float = Field(
        0.01,
        ge=0,
        allow_inf_nan=False,
        description="What one mail to a silent person costs in complaints, unsubscriptions and reputation, in the currency.",
    )
    relaunch_lift: float = Field(
        0.1,
        ge=0,
        le=10,
        allow_inf_nan=False,
        description="Share by which a relaunch is assumed to raise the chance of coming back, until a control group measured it.",
    )
    feedback_loops: str = Field(
        "outlook.*, hotmail.*, live.*, msn.com, yahoo.*, ymail.com, aol.*, orange.fr, wanadoo.fr, sfr.fr, neuf.fr, free.fr, laposte.net",
        pattern=r"^[a-z0-9.*, -]*$",
        description="Domains whose providers tell you which mail was marked as spam, separated by commas; `*` is any ending.",
    )
    mailing_service: str = Field(
        "brevo",
        description="Mailing service whose limits bind you: brevo, ses, or one of your breaker_limits; empty takes the strictest of all.",
    )
    breaker_limits: str = Field(
        "", description="YAML file of rates and chances that replace those of the shipped table of the breaker."
    )
    alert_addresses: str = Field(
        "", description="Addresses of the team that get a mail when the breaker opens or warns, separated by commas."
    )
    alert_webhook: str = Field("", description="Address that gets each alert as JSON by POST; empty posts none.")
    permission_matrix: str = Field(
        "", description="YAML file that takes the place of the shipped permission matrix; empty uses the shipped one."
    )
    sending_hosts: str = Field(
        "",
        description="Addresses or host names your mails leave from, separated by commas; they are looked up on blocklists.",
    )
    dkim_selectors: str = Field("", description="Selectors of the DKIM keys that sign your mails, separated by commas.")
    blocklists: str = Field(
        "zen.spamhaus.org, bl.spamcop.net, b.barracudacentral.org, psbl.surriel.com",
        description="Blocklists of addresses asked every night, separated by commas.",
    )
    domain_blocklists: str = Field(
        "dbl.spamhaus.org, multi.surbl.org", description="Blocklists of domains asked every night, separated by commas."
    )
    resolver: str = Field(
        "",
        description="Name server to ask, as address:port; empty asks those of the machine. Blocklists refuse public ones.",
    )
    new_days: int = Field(30, ge=0, description="Days a contact counts as new after being first seen.")
    coverage_grace_days: int = Field(
        7, ge=0, description="Days after the end of what a file told during which silence still counts as told."
    )
    legal_years: int = Field(
        3, ge=1, description="Years after the last contact from the person when data is due for erasure."
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe log line shown.")

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
    def _is_server(cls, url: str) -> str:
        """Refuse what is no mail server's address."""
        if url and (urlsplit(url).scheme not in {"smtp", "smtps"} or not urlsplit(url).hostname):
            raise ValueError("write it as smtp://user:password@host:port, or smtps://")
        return url

    @field_validator("base_url", "shop_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        """Refuse what is no address of a site."""
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise ValueError("write it as https://www.example.org")
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
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("no such time zone; write one such as Europe/Paris") from None
        return name

    @field_validator("country")
    @classmethod
    def _is_country(cls, code: str) -> str:
        """Refuse what is no country."""
        if code not in SUPPORTED_REGIONS:
            raise ValueError("no such country; write its two capital letters, such as FR")
        return code

    @field_validator("mail_from", "mail_reply_to", "unsubscribe_address")
    @classmethod
    def _is_mailbox(cls, address: str) -> str:
        """Refuse what is no mail address."""
        if address and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+", address):
            raise ValueError("write an address such as shop@example.org")
        return address

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
