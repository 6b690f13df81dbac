"""A sender as people write it, one YAML file for each; no password stands in it."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from django.conf import settings
from pydantic import AfterValidator, Field

from relance.core import addresses, settings_table
from relance.core.definitions import Definition, Document, validate
from relance.core.errors import DefinitionError
from relance.senders.sender import DEFAULT

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$")]
Mailbox = Annotated[str, AfterValidator(addresses.own_mailbox)]
ReturnPath = Annotated[str, AfterValidator(addresses.return_path)]
Site = Annotated[str, AfterValidator(addresses.site), Field(max_length=500)]
PostalAddress = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]*$")]


def _selector(text: str) -> str:
    if not settings_table.is_selector(text):
        raise ValueError("a selector has letters, digits and hyphens, such as s2026")
    return text


def _file(path: str) -> str:
    if not path.strip() or PurePosixPath(path).is_absolute() or {"..", ""} & set(path.split("/")) or "," in path:
        raise ValueError("name a file in the data folder, such as dkim/outlet.pem")
    return path


def _no_relays(name: str) -> str:
    if name:
        raise ValueError(f"the sender `{DEFAULT}` leaves by RELANCE_SMTP_URL; leave it out")
    return name


Selector = Annotated[str, AfterValidator(_selector)]
KeyFile = Annotated[str, AfterValidator(_file)]


class SenderFile(Definition):
    """The file `sender: …`: a name of its own in mails, and what sends them."""

    sender: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    address: Mailbox = Field(alias="from", min_length=3)
    name: Name | Annotated[dict[Literal["en", "fr"], Name], Field(min_length=1)]
    reply_to: Mailbox = ""
    unsubscribe_address: Mailbox = ""
    bounce_address: ReturnPath = ""
    dkim_keys: dict[Selector, KeyFile] = Field(default_factory=dict)
    dkim_selectors: tuple[Selector, ...] = ()
    relays: str = ""
    shop_url: Site = ""
    postal_address: PostalAddress = ""


class DefaultFile(SenderFile):
    """The file `sender: default`: what goes before the settings, which hold where it says nothing."""

    address: Mailbox = Field("", alias="from")
    name: Name | Annotated[dict[Literal["en", "fr"], Name], Field(min_length=1)] = ""
    relays: Annotated[str, AfterValidator(_no_relays)] = ""


def plain(found: SenderFile) -> dict[str, Any]:
    """Return a sender as it is kept: its keys and names as lists of pairs, since JSONB keeps no order of keys."""
    written = found.model_dump(mode="json", by_alias=True)
    return {
        field: [*map(list, value.items())] if isinstance(value, dict) else value for field, value in written.items()
    }


def written(kept: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept as people write it, without the fields that are empty."""
    return {field: dict(value) if _are_pairs(field, value) else value for field, value in kept.items() if value}


def _are_pairs(field: str, value: Any) -> bool:
    return field in {"name", "dkim_keys"} and isinstance(value, list)


def read(document: Document) -> SenderFile:
    """Return the sender written in `document`; DefinitionError names file, line and field of every problem."""
    is_default = isinstance(document.data, dict) and document.data.get("sender") == DEFAULT
    found = validate(DefaultFile if is_default else SenderFile, document)
    known = settings.RELANCE.relay_groups
    if found.relays and found.relays not in known:
        named = ", ".join(known) or "none yet"
        said = f"RELANCE_SENDER_RELAYS names no relay `{found.relays}` ({named}); write {found.relays}=smtp://… there first"
        raise DefinitionError([document.problem(("relays",), said)])
    return found
