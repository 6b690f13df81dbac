"""Publishing: everything a template lacks is said here, never at sending; and rendering of what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from relance.content import block_markup, blocks, links, values
from relance.content.compiler import Compiled, Filled, Rendered, compile_part
from relance.content.definition import LANGUAGES, Language, Part, TemplateDefinition
from relance.content.models import Link, Template, TemplateVersion
from relance.core import definitions
from relance.core.definitions import Document
from relance.core.errors import DefinitionError, InputError, NotFoundError, RenderError

MARKUP_BYTES = 1_000_000
VERSIONS_KEPT = 200  # parsed templates in memory, per language


def publish(document_or_path: Document | Path | str, now: datetime) -> TemplateVersion:
    """Return the published version of a definition; a new one only where the definition changed."""
    definition, compiled = check(document_or_path)
    stored = definition.model_dump(mode="json")
    if not definition.title:
        del stored["title"]  # versions made before there were titles have none
    with transaction.atomic():
        template, _ = Template.objects.get_or_create(name=definition.template)
        Template.objects.select_for_update().get(pk=template.pk)
        last = TemplateVersion.objects.filter(template=template).order_by("-number").first()
        if last is not None and last.definition == stored:
            return last
        version = TemplateVersion.objects.create(
            template=template,
            number=last.number + 1 if last else 1,
            definition=stored,
            compiled={language: part.as_json() for language, part in compiled.items()},
            published_at=now,
        )
        Link.objects.bulk_create(
            Link(template_version=version, language=language, position=position, url=url)
            for language, part in compiled.items()
            for position, url in enumerate(part.links)
        )
    return version


def check(document_or_path: Document | Path | str) -> tuple[TemplateDefinition, dict[str, Compiled]]:
    """Return the definition and its compiled languages; DefinitionError lists everything that is wrong."""
    document = document_or_path if isinstance(document_or_path, Document) else definitions.read(Path(document_or_path))
    definition = definitions.validate(TemplateDefinition, document)
    problems: list[str] = []
    compiled: dict[str, Compiled] = {}
    for language in LANGUAGES:
        part, found = _with_markup(definition, document, language)
        if definition.blocks is None:
            definition = definition.model_copy(update={language: part})
        if not found:
            compiled[language], wrong = compile_part(
                part, language, definition.values, commercial=definition.commercial
            )
            found = [((language, *field.split(".")), sentence) for field, sentence in wrong]
        problems += [document.problem(where, sentence) for where, sentence in found]
    if set(definition.fr.subjects) != set(definition.en.subjects):
        problems.append(
            document.problem(("en", "subjects"), "the languages have different variants; give both the same ones.")
        )
    if problems:
        raise DefinitionError(problems)
    return definition, compiled


def render(version_id: int, language: str, variant: str, known: Mapping[str, Any]) -> Rendered:
    """Return the mail of a published version for these values; what they lack is empty."""
    filled, below = _filled(str(connection.settings_dict["NAME"]), version_id, language)
    return filled.render(variant, values.complete(below, known))


def is_inline(version_id: int) -> bool:
    """Tell whether the images of a published version travel inside the mail."""
    return _is_inline(str(connection.settings_dict["NAME"]), version_id)


def address(version_id: int, language: str, position: int, known: Mapping[str, Any]) -> str:
    """Return the address a click on link `position` is redirected to; `known` needs only shop.* and offer.*."""
    link = Link.objects.filter(template_version_id=version_id, language=language, position=position).first()
    if link is None:
        raise NotFoundError(f"Template version {version_id} has no link {position} in {language}.")
    return links.complete(link.url, language, values.merged(values.empties({}), known))


def preview(name: str, language: str, variant: str, known: Mapping[str, Any] | None = None) -> Rendered:
    """Return the latest version of a template as the sample person would get it, its links leading where they lead."""
    version = latest(name)
    below = values.merged(values.samples(version.definition["values"], language), known or {})
    urls = (
        Link.objects.filter(template_version=version, language=language)
        .order_by("position")
        .values_list("url", flat=True)
    )
    return render(
        version.pk, language, variant, below | {"links": [links.complete(url, language, below) for url in urls]}
    )


def write(rendered: Rendered, path: Path) -> None:
    """Write the HTML to a file; InputError says why it cannot be."""
    try:
        path.write_text(rendered.html, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}. Name a file in a folder that exists.") from error


def latest(name: str) -> TemplateVersion:
    """Return the latest published version of the template called `name`."""
    version = TemplateVersion.objects.filter(template__name=name).order_by("-number").first()
    if version is None:
        raise NotFoundError(f"No template is called {name}. `relance templates list` shows those there are.")
    return version


def warnings(version: TemplateVersion) -> list[str]:
    """Return what is allowed but unwise in a published version."""
    return [f"{language}: {sentence}" for language in LANGUAGES for sentence in version.compiled[language]["warnings"]]


def values_used(version: TemplateVersion) -> set[str]:
    """Return the roots of the values a version speaks of, such as {"contact", "offer"}; a journey must provide an offer."""
    return {root for language in LANGUAGES for root in version.compiled[language]["values"]}


@lru_cache(maxsize=VERSIONS_KEPT)
def _filled(database: str, version_id: int, language: str) -> tuple[Filled, values.Tree]:
    """Return the parsed texts and the empty values of a version; ids mean something only within their database."""
    version = TemplateVersion.objects.filter(pk=version_id).first()
    if version is None:
        raise RenderError(f"There is no template version {version_id}. Publish the template again.")
    if language not in version.compiled:
        raise RenderError(
            f"Template version {version_id} has no language {language}; it has {', '.join(version.compiled)}."
        )
    return Filled(version.compiled[language], language), values.empties(version.definition["values"])


@lru_cache(maxsize=VERSIONS_KEPT)
def _is_inline(database: str, version_id: int) -> bool:
    """Return what the version's definition says of images; ids mean something only within their database."""
    version = TemplateVersion.objects.filter(pk=version_id).only("definition").first()
    return version is not None and version.definition.get("images") == "inline"


def _with_markup(
    definition: TemplateDefinition, document: Document, language: Language
) -> tuple[Part, list[tuple[Sequence[str | int], str]]]:
    """Return the part with its MJML, made of the blocks where there are any, and what the blocks lack."""
    part = definition.part(language)
    if definition.blocks is None:
        return _with_file(part, document, language), []
    declared = values.samples(definition.values, language)
    found: list[tuple[Sequence[str | int], str]] = [
        (("blocks", position, *field), sentence)
        for position, (field, sentence) in blocks.problems(definition.blocks, language, declared)
    ]
    try:
        markup = block_markup.mjml(definition.blocks, definition.look, language)
    except RenderError as error:
        return part, [*found, (("blocks",), str(error))]
    return part.model_copy(update={"mjml": markup}), found


def _with_file(part: Part, document: Document, language: str) -> Part:
    """Return the part with its MJML read from the file it names, if it names one."""
    name = part.mjml.strip()
    if "<" in name or "\n" in name:
        return part
    where: Sequence[str] = (language, "mjml")
    if not name:
        raise DefinitionError(
            [document.problem(where, "this field is missing. Add it, or write the message in `blocks`.")]
        )
    path = Path(document.name).parent / name
    if Path(name).name != name or path.suffix not in (".mjml", ".liquid"):
        raise DefinitionError(
            [document.problem(where, "this is neither MJML nor the name of an .mjml file beside the definition.")]
        )
    try:
        raw = path.read_bytes()
        if len(raw) > MARKUP_BYTES:
            raise DefinitionError([document.problem(where, f"{path} is larger than 1 MB. Is it the right file?")])
        return part.model_copy(update={"mjml": raw.decode("utf-8-sig")})
    except OSError as error:
        raise DefinitionError(
            [document.problem(where, f"{path} cannot be read: {error.strerror}. Put it beside the definition.")]
        ) from error
    except UnicodeDecodeError as error:
        raise DefinitionError([document.problem(where, f"{path} is not UTF-8. Save it as UTF-8.")]) from error
