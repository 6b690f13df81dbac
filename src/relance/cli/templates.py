"""`relance templates`: publish, list and look at message templates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from relance.cli import face
from relance.cli.clock import AsOf, instant, local
from relance.cli.tables import Grid
from relance.content import publishing
from relance.content.models import TemplateVersion

app = typer.Typer(no_args_is_help=True, help="Publish and preview message templates.")


@app.command()
def publish(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…")], as_of: AsOf = None, json: face.Json = False
) -> None:
    """Publish templates; all are checked before the first is written."""
    for file in files:
        publishing.check(file)
    versions = [publishing.publish(file, instant(as_of)) for file in files]
    data = {"templates": [_described(version) | {"warnings": publishing.warnings(version)} for version in versions]}

    def show(console: Console) -> None:
        for version in versions:
            console.print(f"{version.template.name}: version {version.number}", markup=False)
            for sentence in publishing.warnings(version):
                console.print(f"  warning, {sentence}", markup=False)

    face.answer(data, json=json, text=show)


@app.command("list")
def list_(json: face.Json = False) -> None:
    """List the templates with their latest version."""
    latest = (
        TemplateVersion.objects.select_related("template")
        .order_by("template__name", "-number")
        .distinct("template__name")
    )
    data = {"templates": [_described(version) for version in latest]}

    def show(console: Console) -> None:
        rows = [
            (str(row["template"]), str(row["version"]), f"{local(row['published_at']):%Y-%m-%d}", str(row["subjects"]))
            for row in data["templates"]
        ]
        headers = ("template", "version", "published", "subject")
        console.print(
            Grid(headers, rows) if rows else "No template is published yet. `relance templates publish FILE` does it."
        )

    face.answer(data, json=json, text=show)


@app.command()
def preview(
    name: str,
    out: Annotated[Path, typer.Option(help="File to write the HTML to.")],
    language: Annotated[str, typer.Option(help="fr or en.")] = "fr",
    variant: Annotated[str, typer.Option(help="Variant of the subject.")] = "a",
    json: face.Json = False,
) -> None:
    """Write a template as a sample person would get it."""
    rendered = publishing.preview(name, language, variant)
    publishing.write(rendered, out)
    data = {
        "template": name,
        "subject": rendered.subject,
        "preheader": rendered.preheader,
        "file": str(out),
        "text": rendered.text,
    }

    def show(console: Console) -> None:
        console.print(f"{rendered.subject}\n{rendered.preheader}\n\n{rendered.text}\nWritten to {out}", markup=False)

    face.answer(data, json=json, text=show)


def _described(version: TemplateVersion) -> dict[str, Any]:
    """Return what is said of a version."""
    subjects = {language: part["subjects"] for language, part in version.compiled.items()}
    return {
        "template": version.template.name,
        "version": version.number,
        "published_at": version.published_at,
        "subjects": subjects["fr"]["a"] if "a" in subjects["fr"] else next(iter(subjects["fr"].values())),
    }
