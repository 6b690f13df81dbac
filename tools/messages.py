"""Brings the French words of the pages up to date: `python -m tools.messages [AREA ...]`, and `--check` in the tests.

Each area of `src/relance/web` has its own catalog, `locale/fr/LC_MESSAGES/django.po`; the frame's is in `web/locale`.
English is what the templates and the code say. Babel reads and writes the catalogs, so that no gettext program is needed;
the compiled `.mo` files stand in the repository beside them. Words that stand in several catalogs must not differ.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "relance.settings")

import django
from django.conf import settings
from django.utils.translation.template import templatize

WEB = Path(__file__).parent.parent / "src" / "relance" / "web"
NAMES = ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy")
ACCOUNTS = WEB.parent / "accounts"  # its roles are the frame's words
WORDING = WEB / "wording"  # and so are the refusals of the code below the pages

_BEFORE_SIGN = re.compile(r"[ \u00a0](?=[;?!»]|%(?![(sd]))")
_BEFORE_COLON = re.compile(r" (?=:(?:\s|$))")
_BETWEEN_LETTERS = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")

UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Language: fr\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"

"""


def sources(area: str) -> list[Path]:
    """Return the files an area's words come from; "" is the frame, with the accounts' roles."""
    if area:
        return sorted([*(WEB / area).rglob("*.py"), *(WEB / area).rglob("*.html")])
    words = (*WEB.glob("*.py"), *WORDING.glob("*.py"), *ACCOUNTS.rglob("*.py"))
    return sorted([*words, *(WEB / "templates").rglob("*.html")])


def found(area: str) -> Catalog:
    """Return the words that stand in the area's files."""
    catalog = Catalog(locale="fr", domain="django", fuzzy=False)
    for path in sources(area):
        text = path.read_text("utf-8")
        text = templatize(text, origin=str(path)) if path.suffix == ".html" else text
        for _line, function, message, _comments in extract_python(io.BytesIO(text.encode()), NAMES, (), {}):
            add(catalog, function, message)
    return catalog


def add(catalog: Catalog, function: str, message: object) -> None:
    """Add one call's words to the catalog."""
    parts = message if isinstance(message, tuple) else (message,)
    texts = [part for part in parts if isinstance(part, str)]
    if not texts or not texts[0]:
        return
    if function.startswith("pgettext"):
        catalog.add(texts[1], context=texts[0])
    elif function.startswith("ngettext"):
        catalog.add((texts[0], texts[1]))
    else:
        catalog.add(texts[0])


def folder(area: str) -> Path:
    """Return where the area's catalog stands."""
    return (WEB / area if area else WEB) / "locale" / "fr" / "LC_MESSAGES"


def written(area: str) -> Catalog:
    """Return the catalog as it stands, with the words of the files and no others; French kept."""
    path, fresh = folder(area) / "django.po", found(area)
    old = read_po(io.BytesIO(path.read_bytes()), locale="fr") if path.exists() else Catalog(locale="fr")
    for message in fresh:
        known = old.get(message.id, message.context) if message.id else None
        if known is not None and known.string:
            several = isinstance(known.string, tuple)
            message.string = tuple(map(spaced, known.string)) if several else spaced(known.string)
    return fresh


def spaced(text: str) -> str:
    """Return French words as print has them: ’ between letters, no-break spaces before signs.

    The space is narrow before ; ? ! % and within « », wide before a colon.
    """
    text = _BEFORE_SIGN.sub("\u202f", _BETWEEN_LETTERS.sub("’", text))
    return _BEFORE_COLON.sub("\u00a0", text).replace("« ", "«\u202f").replace("«\u00a0", "«\u202f")


def missing(catalog: Catalog) -> list[str]:
    """Return the words without their French."""
    return [str(m.id) for m in catalog if m.id and not (all(m.string) if isinstance(m.string, tuple) else m.string)]


def as_po(catalog: Catalog) -> bytes:
    """Return the catalog as text, without dates, so that it changes only with the words."""
    out = io.BytesIO()
    write_po(out, catalog, width=120, sort_output=True, omit_header=True, include_previous=False)
    return HEADER.encode() + out.getvalue()


def as_mo(text: bytes) -> bytes:
    """Return the catalog as gettext reads it."""
    out, catalog = io.BytesIO(), read_po(io.BytesIO(text), locale="fr")
    catalog.creation_date = catalog.revision_date = UNDATED  # else the file changes with every minute
    write_mo(out, catalog)
    return out.getvalue()


def problems(areas: list[str]) -> list[str]:
    """Return what `--check` complains of."""
    said: list[str] = []
    for area in areas:
        catalog, path = written(area), folder(area) / "django.po"
        said += [f"{area or 'frame'}: no French for {text!r}" for text in missing(catalog)]
        text = as_po(catalog)
        if not path.exists() or path.read_bytes() != text or path.with_suffix(".mo").read_bytes() != as_mo(text):
            said.append(f"{area or 'frame'}: the catalog is behind the pages. Run `make messages`.")
    return said


def main() -> int:
    """Update the catalogs named (all by default), or check them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("areas", nargs="*")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    django.setup()
    areas = arguments.areas or ["", *settings.AREAS]
    if arguments.check:
        found_problems = problems(areas)
        print("\n".join(found_problems) or "Every word has its French.")
        return 1 if found_problems else 0
    for area in areas:
        catalog, path = written(area), folder(area) / "django.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_po(catalog))
        path.with_suffix(".mo").write_bytes(as_mo(path.read_bytes()))
        for text in missing(catalog):
            print(f"{area or 'frame'}: no French yet for {text!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
