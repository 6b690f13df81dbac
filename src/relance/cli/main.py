"""The `relance` command: parse, call, show. Exit codes: 0 done, 1 refused with a reason, 2 wrong use."""

from __future__ import annotations

import json
import logging
import os
import sys

import structlog
from rich.console import Console

from relance.core.errors import RelanceError

PLAIN = ("check", "up", "version")  # commands that look after the database themselves


def main() -> None:
    """Run one command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")
    import django

    django.setup()
    _logs()
    from relance.cli.commands import app

    wants_json = "--json" in sys.argv
    try:
        if _needs_database(sys.argv[1:]):
            _open()
        app(standalone_mode=True)
    except RelanceError as error:
        _refuse(str(error), wants_json)
    except KeyboardInterrupt:
        _refuse("Stopped by you. What was committed stays; the same command can be run again.", wants_json)


def _needs_database(arguments: list[str]) -> bool:
    """Tell whether the command works on the database: not for help, nor for those that look after it themselves."""
    words = [word for word in arguments if not word.startswith("-")]
    return bool(words) and "--help" not in arguments and words[0] not in PLAIN


def _open() -> None:
    from relance.core import database

    database.start()
    database.migrate()


def _refuse(sentence: str, wants_json: bool) -> None:
    """Say why not, on stderr (as JSON on stdout where JSON was asked for), and leave with 1."""
    if wants_json:
        sys.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False) + "\n")
    Console(stderr=True, highlight=False, soft_wrap=True).print(sentence, style="red", markup=False)
    raise SystemExit(1)


def _logs() -> None:
    """Send structured logs to stderr."""
    from django.conf import settings

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(colors=False) if sys.stderr.isatty() else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.RELANCE.log_level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )  # fmt: skip


if __name__ == "__main__":
    main()
