"""Mails to a Maildir in the data folder, for an installation that has no SMTP server: nothing leaves the machine."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from relance.core import place
from relance.core.errors import ChannelError, RefusedError
from relance.delivery.channels.protocol import Kind, Outcome, Outgoing


class MaildirChannel:
    """One file per mail under `maildir/new`, which any mail reader opens."""

    name = "maildir"
    slice = 200

    def __init__(self) -> None:
        if place.current().simulated:
            raise RefusedError(
                "A rehearsal writes no mail to the Maildir. Leave the choice of channel to the registry."
            )
        self._folder = place.folder("maildir")
        for name in ("tmp", "new", "cur"):
            place.folder(f"maildir/{name}")
        self.where = f"the local Maildir {self._folder} (neither SMTP nor a mailing service is in use: nothing leaves this machine)"

    def wanted(self, outgoing: Sequence[Outgoing]) -> Collection[int]:
        """Return every id."""
        return [one.id for one in outgoing]

    def send(self, outgoing: Sequence[Outgoing], deadline: float = math.inf) -> list[Outcome]:
        """Write each mail to `tmp`, then move it into `new`: whole or not at all, and once."""
        outcomes: list[Outcome] = []
        for one in outgoing:
            try:
                outcomes.append(self._write(one))
            except OSError as error:
                if not outcomes:
                    raise self._unwritable(error) from error
                return outcomes + [Outcome(rest.id, Kind.UNTRIED) for rest in outgoing[len(outcomes) :]]
        return outcomes

    def close(self) -> None:
        """Hold nothing."""

    def _write(self, one: Outgoing) -> Outcome:
        if one.mail is None:
            return Outcome(one.id, Kind.FAILED, "not_rendered")
        name = f"{one.uuid}.relance"
        draft, final = self._folder / "tmp" / name, self._folder / "new" / name
        _put(draft, one.mail)
        draft.rename(final)
        return Outcome(one.id, Kind.SENT, provider_id=name)

    def _unwritable(self, error: OSError) -> ChannelError:
        return ChannelError(
            f"The Maildir {self._folder} cannot be written ({error.strerror}). Free space or mend its permissions.",
            permanent=False,
        )


def _put(path: Path, content: bytes) -> None:
    """Write the file and see it on the disk."""
    with path.open("wb") as file:
        file.write(content.replace(b"\r\n", b"\n"))
        file.flush()
        os.fsync(file.fileno())
