"""Every setting of Relance: its name, default and sentence, read once from RELANCE_* variables; and Django's own."""

import os
import secrets
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError


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
    allowed_hosts: str = Field("", description="Host names the web server answers to, separated by commas.")
    time_zone: str = Field("Europe/Paris", description="Time zone of people and files that name none.")
    country: str = Field("FR", description="Country of people and commercial periods that name none.")
    language: str = Field("fr", pattern="^(fr|en)$", description="Language of people who name none: fr or en.")
    currency: str = Field("EUR", pattern="^[A-Z]{3}$", description="Currency of all amounts, as its ISO 4217 code.")
    engine: str = Field("duckdb", pattern="^duckdb$", description="Engine that computes on the whole base: duckdb.")
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
    pressure_day: int = Field(1, ge=0, description="Commercial messages a person may get in a day.")
    pressure_week: int = Field(3, ge=0, description="Commercial messages a person may get in seven days.")
    pressure_dormant_days: int = Field(5, ge=0, description="Days between two commercial messages to a dormant person.")
    blackout_lead_days: int = Field(3, ge=0, description="Days before a commercial period when reactivations wait.")
    blackout_tail_days: int = Field(3, ge=0, description="Days after a commercial period when reactivations wait.")
    blackout_spread_days: int = Field(5, ge=1, description="Days over which reactivations come back after a blackout.")
    new_days: int = Field(30, ge=0, description="Days a contact counts as new after being first seen.")
    legal_years: int = Field(
        3, ge=1, description="Years after the last contact from the person when data is due for erasure."
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe log line shown.")


def read(environment: dict[str, str]) -> Settings:
    """Return the settings in `environment`; an unknown or invalid RELANCE_ variable is an error naming it."""
    own = {"RELANCE_TEST_DATA"}
    given = {
        name.removeprefix("RELANCE_").lower(): value
        for name, value in environment.items()
        if name.startswith("RELANCE_") and name not in own
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        problems = "; ".join(
            f"RELANCE_{str(e['loc'][0]).upper()}: "
            + ("no such setting" if e["type"] == "extra_forbidden" else f"{e['msg']} (it is {e['input']!r})")
            for e in error.errors()
        )
        raise SystemExit(f"Settings refused: {problems}. See docs/en/settings.md for the list.") from None


RELANCE = read(dict(os.environ))


def embedded_socket_folder(data: Path) -> Path:
    """Return where the embedded server of this data folder puts its socket: short, since a socket path has 107 bytes."""
    mark = sha256(str(data.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"relance-{os.getuid()}-{mark}"


def database() -> dict[str, object]:
    """Return Django's database entry for the server named by the settings, or for the embedded one."""
    entry: dict[str, object] = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None}
    if RELANCE.database_url:
        url = urlsplit(RELANCE.database_url)
        if url.scheme not in {"postgresql", "postgres"} or not url.path.strip("/"):
            raise SystemExit(
                "Settings refused: RELANCE_DATABASE_URL must look like postgresql://user:password@host/name."
            )
        return entry | {
            "NAME": unquote(url.path.strip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or "",
            "PORT": str(url.port or ""),
        }
    return entry | {
        "NAME": "relance",
        "USER": "relance",
        "HOST": str(embedded_socket_folder(RELANCE.data)),
        "PORT": "5432",
    }


DATABASES = {"default": database()}
SECRET_KEY = secrets.token_hex(32)  # Django signs nothing here; our own key is `core.place.secret_key`
DEBUG = False
ALLOWED_HOSTS = [h for h in (urlsplit(RELANCE.base_url).hostname, "localhost", "127.0.0.1", "[::1]") if h] + [
    h.strip() for h in RELANCE.allowed_hosts.split(",") if h.strip()
]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "procrastinate.contrib.django",
    "relance.core",
    "relance.contacts",
    "relance.events",
    "relance.outbox",
    "relance.intake",
    "relance.dormancy",
    "relance.segments",
    "relance.content",
    "relance.journeys",
    "relance.eligibility",
    "relance.workers",
    "relance.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "relance.web.security.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "relance.urls"
WSGI_APPLICATION = "relance.wsgi.application"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
STATIC_URL = "/static/"
STATIC_ROOT = Path(__file__).parent / "web" / "static"  # served as it stands: nothing to collect
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = RELANCE.language
LANGUAGES = [("fr", "Français"), ("en", "English")]
SECURE_CONTENT_TYPE_NOSNIFF = True
TESTING = "pytest" in sys.modules
LOGGING_CONFIG = None
