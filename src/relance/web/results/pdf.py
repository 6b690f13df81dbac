"""The director's page as a PDF, set by Typst: a wheel without system libraries, fonts included, tagged for readers."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import typst

from relance.web.results.story import Told

TEMPLATE = Path(__file__).parent / "result.typ"


def page(told: Told, language: str) -> bytes:
    """Return the page as a PDF of one A4 sheet."""
    data = asdict(told) | {"language": language}
    made = typst.compile(
        TEMPLATE.read_bytes(), sys_inputs={"data": json.dumps(data, ensure_ascii=False)}, ignore_system_fonts=True
    )
    return bytes(made)
