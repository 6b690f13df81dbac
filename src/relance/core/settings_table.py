"""Every setting of Relance: its name, default and sentence. What a value must be is checked in `core.configuration`."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

# Those mails can leave by.
MAILING_SERVICES = ("brevo", "mailgun", "mailjet", "postmark", "scaleway", "sendgrid", "ses")


class Table(BaseModel):
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
    base_url: str = Field(
        "http://localhost:8000",
        description="Address under which recipients reach the web pages; where it is not set, this machine at `RELANCE_PORT`.",
    )
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
        "",
        description="smtp://user:password@host:port, or smtps://; several with spaces between, the first preferred; empty: a Maildir.",
    )
    sender_relays: str = Field(
        "",
        description="Relays of single senders, as outlet=smtp://user:password@host:port; several with spaces between.",
    )
    smtp_connections: int = Field(4, ge=1, le=100, description="SMTP connections open at once.")
    smtp_mails: int = Field(100, ge=1, description="Mails that go over one SMTP connection before a new one is opened.")
    provider_limits: str = Field(
        "",
        description="Mails and connections a mailbox provider gets, such as gmail=6000/hour,10 *=60/minute; empty sets no limit.",
    )
    provider_lookup: bool = Field(
        False,
        description="Whether the night asks the DNS who takes the mail of a domain, so that limits hold for the provider behind it.",
    )
    mail_from: str = Field("shop@example.org", description="Address that mails come from.")
    mail_from_name: str = Field("Relance", description="Name that mails come from.")
    mail_reply_to: str = Field("", description="Address that answers go to; empty means the sender's.")
    unsubscribe_address: str = Field(
        "",
        description="Mailbox that also takes unsubscribe requests by mail, if you read one; empty offers the link alone.",
    )
    bounce_address: str = Field(
        "",
        description="Address that returned mails come to, as bounces+name@ for bounces@; empty means the sender's, without a name.",
    )
    bounce_mailbox: str = Field(
        "",
        description="imaps://user:password@host:993/INBOX, or pop3s://, of the mailbox that returned mails come to; empty reads none.",
    )
    reply_forward: str = Field("", description="Address that answers found among returned mails are forwarded to.")
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
    grace_reactivation_hours: int = Field(
        6,
        ge=1,
        description="Hours a reactivation may be late after an outage; later ones wait for a person.",
    )
    grace_promotion_hours: int = Field(
        6, ge=1, description="Hours a promotion may be late after an outage; later ones wait for a person."
    )
    grace_relationship_hours: int = Field(
        12,
        ge=1,
        description="Hours a message of the relationship, such as a birthday, may be late after an outage; later ones wait for a person.",
    )
    stall_minutes: int = Field(
        10, ge=1, description="Minutes for which messages may be due while none leaves, before the team is told why."
    )
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
    stop_unopened_days: int = Field(
        0,
        ge=0,
        le=3650,
        description="Days without an opened mail or other sign of life after which commercial e-mails stop; 0 never stops them.",
    )
    stop_unopened_mails: int = Field(
        6, ge=1, description="Mails a person must have got within stop_unopened_days before silence stops them."
    )
    pressure_day: int = Field(1, ge=0, description="Commercial messages a person may get in a day.")
    pressure_week: int = Field(3, ge=0, description="Commercial messages a person may get in seven days.")
    pressure_month: int = Field(15, ge=0, description="Commercial messages a person may get in thirty days.")
    pressure_fewer: float = Field(
        0.5,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Share of each cap left to who asked for fewer messages; one message stays.",
    )
    pause_months: int = Field(3, ge=1, le=24, description="Months that a pause asked for on the preference page lasts.")
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
        description="Mailing service in use, whose limits bind you; if the breaker has no line for it, the strictest of all do.",
    )
    service_key: str = Field(
        "",
        description="Key of the mailing service, which then sends the mails unless smtp_url is set; of two parts, `first:second`.",
    )
    service_url: str = Field(
        "", description="Address of the mailing service's interface, where it is not the usual one (another region)."
    )
    webhook_secret: str = Field(
        "",
        description="user:password that mailing services put into the address they post to; empty hears none of them.",
    )
    webhook_key: str = Field(
        "", description="Key that webhooks of mailgun (signing key) or sendgrid (verification key) are checked with."
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
    dkim_keys: str = Field(
        "",
        description="DKIM keys that sign your mails, as selector=file.pem separated by commas, in the data folder; empty signs none.",
    )
    dkim_selectors: str = Field(
        "", description="Selectors of the DKIM keys that your relay or mailing service signs with, separated by commas."
    )
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
    spamd: str = Field(
        "",
        description="Address of SpamAssassin's daemon, as 127.0.0.1:783, asked what it makes of a mail; empty asks its command, if any.",
    )
    new_days: int = Field(30, ge=0, description="Days a contact counts as new after being first seen.")
    coverage_grace_days: int = Field(
        7, ge=0, description="Days after the end of what a file told during which silence still counts as told."
    )
    legal_years: int = Field(
        3, ge=1, description="Years after the last contact from the person when data is due for erasure."
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe log line shown.")


def relay_groups(lines: str) -> dict[str, str]:
    """Return the URLs of each name in `sender_relays`, separated by spaces, in their order."""
    found: dict[str, str] = {}
    for line in lines.split():
        name, _, url = line.partition("=")
        found[name] = f"{found[name]} {url}" if name in found else url
    return found


def dkim_files(pairs: str) -> dict[str, Path]:
    """Return the file of each selector that `dkim_keys` names, in its order."""
    split = (pair.partition("=") for pair in pairs.split(",") if pair.strip())
    return {selector.strip(): Path(path.strip()) for selector, _, path in split}


def is_selector(text: str) -> bool:
    """Tell whether a text can name a DKIM key: labels of a domain name (RFC 6376, 3.1)."""
    label = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    return len(text) <= 100 and re.fullmatch(rf"{label}(\.{label})*", text) is not None
