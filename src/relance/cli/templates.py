"""`relance templates`: publish, list and look at message templates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from rich.console import Console

from relance.cli import face
from relance.cli.clock import AsOf, instant, local
from relance.cli.tables import Grid
from relance.content import publishing
from relance.content.link_check import places
from relance.content.models import TemplateVersion
from relance.content.values import SAMPLES
from relance.delivery import specimens, values
from relance.delivery.spam_filter import asking as spam_filter
from relance.senders import register

app = typer.Typer(no_args_is_help=True, help="Publish, preview and check message templates.")


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


@app.command("check-links")
def check_links(
    name: str, language: Annotated[str, typer.Option(help="fr or en.")] = "fr", json: face.Json = False
) -> None:
    """Ask for every link and image of a published template."""
    from relance.content.link_check import checking  # urllib3: only where it asks

    ours, shop = settings.RELANCE, {"shop": values.shop()}
    rendered = publishing.preview(name, language, _first_variant(name), shop)
    own = [SAMPLES["unsubscribe_url"], SAMPLES["preferences_url"]]
    found = checking.check(places.of(rendered, own), [ours.base_url, ours.tracking_url])
    links = [
        {"address": place.address, "words": place.words, "image": place.image, **vars(answer)}
        for place, answer in found
    ]

    def show(console: Console) -> None:
        rows = [(str(one["state"]), str(one["status"] or ""), str(one["address"]), str(one["words"])) for one in links]
        console.print(Grid(("state", "status", "address", "words"), rows) if rows else "It holds no link and no image.")

    face.answer({"template": name, "language": language, "links": links}, json=json, text=show)


@app.command("spam-score")
def spam_score(
    name: str,
    language: Annotated[str, typer.Option(help="fr or en.")] = "fr",
    json: face.Json = False,
    as_of: AsOf = None,
) -> None:
    """Ask SpamAssassin what it makes of a published template."""
    rendered = publishing.preview(name, language, _first_variant(name), {"shop": values.shop()})
    commercial = bool(publishing.latest(name).definition["commercial"])
    to, now = register.default().address, instant(as_of)
    score = spam_filter.examine(
        specimens.whole(rendered, to, commercial=commercial, now=now, sender=register.default(), signed=True)
    )
    rules = [rule._asdict() for rule in score.rules]

    def show(console: Console) -> None:
        console.print(f"{score.points} points; spam from {score.threshold} on.")
        if rules:
            console.print(Grid(("points", "rule", "words"), [(f"{r.points:+}", r.name, r.words) for r in score.rules]))

    data = {"template": name, "language": language, "points": score.points, "threshold": score.threshold}
    face.answer(data | {"spam": score.spam, "rules": rules}, json=json, text=show)


def _first_variant(name: str) -> str:
    """Return the first variant of a template's subject."""
    return str(next(iter(publishing.latest(name).compiled["fr"]["subjects"])))


def _described(version: TemplateVersion) -> dict[str, Any]:
    """Return what is said of a version."""
    subjects = {language: part["subjects"] for language, part in version.compiled.items()}
    return {
        "template": version.template.name,
        "version": version.number,
        "published_at": version.published_at,
        "subjects": subjects["fr"]["a"] if "a" in subjects["fr"] else next(iter(subjects["fr"].values())),
    }
