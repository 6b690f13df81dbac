"""Django's settings; Relance's own are read by `core.configuration` and stand here as RELANCE."""

import os
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.utils.functional import lazy

from relance.core.configuration import Settings as Settings
from relance.core.configuration import read as read

RELANCE = read(dict(os.environ))


def embedded_socket_folder(data: Path) -> Path:
    """Return where the embedded server of this data folder puts its socket: short, since a socket path has 107 bytes."""
    mark = sha256(str(data.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"relance-{os.getuid()}-{mark}"


def database_parameters(url: str) -> dict[str, str]:
    """Return what the URL says, by libpq's names; libpq itself reads it, and knows which parameters there are."""
    wanted = "postgresql://user:password@host:port/name?sslmode=require"
    try:
        if not url.startswith(("postgresql://", "postgres://")):
            raise psycopg.ProgrammingError("it begins otherwise")
        known = {name: str(value) for name, value in psycopg.conninfo.conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError as error:
        problem = str(error).strip().replace(url, "the URL")  # it holds a password
        raise SystemExit(
            f"Settings refused: RELANCE_DATABASE_URL must look like {wanted}, with parameters of libpq: {problem}."
        ) from None
    if not known.get("dbname"):
        raise SystemExit(f"Settings refused: RELANCE_DATABASE_URL names no database. It must look like {wanted}.")
    return known


def database() -> dict[str, object]:
    """Return Django's database entry for the server named by the settings, or for the embedded one."""
    entry: dict[str, object] = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": None}
    if RELANCE.database_url:
        known = database_parameters(RELANCE.database_url)
        names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
        return entry | {key: known.pop(name, "") for key, name in names.items()} | {"OPTIONS": known}
    return entry | {
        "NAME": "relance",
        "USER": "relance",
        "HOST": str(embedded_socket_folder(RELANCE.data)),
        "PORT": "5432",
    }


DATABASES = {"default": database()}


def _secret_key() -> str:
    """Return the key of sessions and forms, made from the installation's own."""
    from relance.core import place

    return sha256(b"pages " + place.secret_key()).hexdigest()


SECRET_KEY = lazy(_secret_key, str)()  # read when first needed: `relance --help` makes no file
DEBUG = False
ALLOWED_HOSTS = [h for h in (urlsplit(RELANCE.base_url).hostname, "localhost", "127.0.0.1", "[::1]") if h] + [
    h.strip() for h in RELANCE.allowed_hosts.split(",") if h.strip()
]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "procrastinate.contrib.django",
    "relance.core",
    "relance.accounts",
    "relance.contacts",
    "relance.events",
    "relance.outbox",
    "relance.senders",
    "relance.intake",
    "relance.dormancy",
    "relance.segments",
    "relance.content",
    "relance.journeys",
    "relance.eligibility",
    "relance.feedback",
    "relance.measurement",
    "relance.workers",
    "relance.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "relance.web.security.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "relance.web.language.OwnLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "relance.web.refusals.Refusals",
]
ROOT_URLCONF = "relance.urls"
WSGI_APPLICATION = "relance.wsgi.application"

# The areas of the pages: each a folder of `web` with its views, templates and French words.
AREAS = (
    "setup",
    "base",
    "people",
    "segments",
    "conditions",
    "dormancy",
    "journeys",
    "messages",
    "launch",
    "watch",
    "sender",
    "calendar",
    "results",
    "team",
    "glossary",
    "preferences",
)
_WEB = Path(__file__).parent / "web"
# What workers do. Only they import it all (`workers.all_tasks`): it reaches every engine, which takes seconds and 200 MB.
TASKS = (
    "relance.workers.tasks",
    *(f"relance.web.{area}.tasks" for area in AREAS if (_WEB / area / "tasks.py").exists()),
)
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_WEB / "templates", *(_WEB / area / "templates" for area in AREAS)],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "relance.web.layout.surroundings",
            ],
            "builtins": ["relance.web.tags", "relance.web.conditions.tags"],
        },
    }
]
LOCALE_PATHS = [_WEB / "locale", *(_WEB / area / "locale" for area in AREAS)]
STATIC_URL = "/static/"
STATIC_ROOT = _WEB / "static"  # served as it stands: nothing to collect
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = RELANCE.language
LANGUAGES = [("fr", "Français"), ("en", "English")]
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [RELANCE.base_url.rstrip("/")]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = RELANCE.base_url.startswith("https://")
SESSION_COOKIE_AGE = 14 * 86_400
# What a page tells after a post names people: it stays in the database, not in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "relance.web.refusals.expired_form"
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "relance.web.team.adapter.Adapter"
ACCOUNT_FORMS = {
    "change_password": "relance.web.team.passwords.ChangePassword",
    "reset_password_from_key": "relance.web.team.passwords.ChoosePassword",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/account/login/"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Relance"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are an administrator's word: no mail verifies them
PASSWORD_RESET_TIMEOUT = 3 * 86_400
TESTING = "pytest" in sys.modules
LOGGING_CONFIG = None
