"""The report of a journey or a rehearsal: one HTML file that asks nothing of any network."""

from __future__ import annotations

import os
from pathlib import Path

from django.template import Context, Engine

from relance.core.errors import InputError
from relance.measurement.report.data import ReportData
from relance.measurement.report.view import context
from relance.measurement.report.words import LANGUAGES

TEMPLATES = Path(__file__).parent / "templates"


def write(data: ReportData, path: Path, language: str) -> Path:
    """Write the report in the language (fr or en) and return its path; a file of that name is replaced at once."""
    text = html(data, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.write_text(text, encoding="utf-8")
    return draft.replace(path)


def html(data: ReportData, language: str) -> str:
    """Return the report as HTML."""
    if language not in LANGUAGES:
        raise InputError(f"There is no report in `{language}`. Ask for one of: {', '.join(LANGUAGES)}.")
    engine = Engine(dirs=[str(TEMPLATES)], autoescape=True)
    return engine.get_template("report.html").render(Context(context(data, language)))
