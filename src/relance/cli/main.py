"""The `relance` command: parse, call, show. Exit codes: 0 done, 1 refused with a reason, 2 wrong use, 3 a fault of ours."""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from collections.abc import Collection
from typing import Any

import structlog
import typer
from rich.console import Console
from typer import rich_utils

from relance.core.errors import ConfigurationError, RelanceError

# Commands that work on a file alone, and need no installation.
PLAIN = {"version", "bounces classify", "lifetime fit", "reactivity fit", "reactivity score", "reactivity evaluate"}
BEGINNERS = {"up", "import", "demo"}  # make an installation where there is none; any other refuses
CAREFUL = {"up", "check"}  # open the database themselves
UsageError: Any = typer.BadParameter.__bases__[
    0
]  # typer carries a click of its own, and of its errors names only this child
INTERRUPTED = 130  # exit code after Ctrl-C, as shells have it
TRY_AGAIN = 75  # exit code by which a mail server's pipe learns that a mail is to be offered again (sysexits.h)
FAULT = 3  # exit code of a fault of ours: neither done, nor refused, nor wrongly used


def main() -> None:
    """Run one command. With --json, stdout holds one JSON document whatever happens."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")
    wants_json = "--json" in sys.argv
    try:
        _set_up()
        from relance.cli import commands

        asked = sys.argv[1:3] if sys.argv[1:] and sys.argv[1] in commands.NAMES else []
        command = typer.main.get_command(commands.tree(*asked))
        if name := _at_work(sys.argv[1:], commands.NAMES, commands.GROUPS):
            _stand_in_one(name)
            if name not in CAREFUL:
                _open()
        code = command.main(standalone_mode=False) or 0
        if code == INTERRUPTED:  # typer's answer to Ctrl-C
            raise KeyboardInterrupt
        raise SystemExit(code)
    except RelanceError as error:
        _refuse(str(error), wants_json)
    except UsageError as error:
        _misused(error, wants_json)
    except typer.Exit as asked:
        raise SystemExit(asked.exit_code) from None
    except (KeyboardInterrupt, typer.Abort):
        _refuse(
            "Stopped by you. What was committed stays; the same command can be run again.", wants_json, code=INTERRUPTED
        )
    except Exception as error:
        traceback.print_exc()
        _refuse(
            f"A fault of Relance, not yours: {error!r}. Please report it with the lines above.", wants_json, code=FAULT
        )


def _set_up() -> None:
    """Read the settings and start Django; a refused setting is a refusal like any other."""
    import django
    from django.utils import translation

    try:
        django.setup()
    except SystemExit as refused:
        raise ConfigurationError(str(refused.code)) from None
    translation.activate("en")  # the command line speaks English; RELANCE_LANGUAGE is that of people who name none
    _logs()


def _at_work(arguments: list[str], known: Collection[str], groups: Collection[str]) -> str:
    """Return the name of a command that works on an installation; nothing for help, nor for those that do without."""
    words = [word for word in arguments if not word.startswith("-")]
    if not words or words[0] not in known or "--help" in arguments or PLAIN & {words[0], " ".join(words[:2])}:
        return ""
    return "" if words[0] in groups and len(words) == 1 else words[0]


def _stand_in_one(name: str) -> None:
    """Refuse a command where no installation is, so that a mistyped folder is not taken for an empty one; say where one begins."""
    from relance.core import database, place

    if database.exists() or name in CAREFUL:
        return
    if name not in BEGINNERS:
        raise ConfigurationError(database.absent())
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        f"A new installation begins in {place.current().data}.", markup=False
    )


def _open() -> None:
    from relance.core import database

    database.start()
    database.migrate()


def _misused(error: Any, wants_json: bool) -> None:
    """Say what is wrong with the words of the command, and leave with 2."""
    if wants_json:
        sys.stdout.write(json.dumps({"error": error.format_message()}, ensure_ascii=False) + "\n")
    rich_utils.rich_format_error(error)
    raise SystemExit(error.exit_code)


def _refuse(sentence: str, wants_json: bool, code: int = 1) -> None:
    """Say why not, on stderr (as JSON on stdout where JSON was asked for), and leave with the code."""
    if wants_json:
        sys.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False) + "\n")
    Console(stderr=True, highlight=False, soft_wrap=True).print(sentence, style="red", markup=False)
    raise SystemExit(TRY_AGAIN if sys.argv[1:3] == ["bounces", "take"] else code)


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
