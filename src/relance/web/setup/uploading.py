"""A file on its way in: written to the data folder as its bytes arrive, never held in memory."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.utils.translation import gettext as _

from relance.core import place
from relance.core.errors import InputError
from relance.intake import uploads


class Arrived(UploadedFile):  # type: ignore[type-arg]  # not subscriptable when it runs
    """A file that came in completely; `path` is where it waits."""

    def __init__(self, path: Path, name: str, size: int) -> None:
        super().__init__(None, name, size=size)
        self.path = path


class ToDisk(FileUploadHandler):
    """Writes each piece of a file to the folder of uploads."""

    chunk_size = 1 << 20

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.paths: list[Path] = []

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self.path = place.folder(uploads.FOLDER) / f"arriving-{uuid4().hex}"
        self.paths.append(self.path)
        self.out: IO[bytes] = self.path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece."""
        try:
            self.out.write(raw_data)
        except OSError as error:
            self._drop()
            raise StopUpload(connection_reset=True) from error

    def file_complete(self, file_size: int) -> Arrived:
        """Hand the file over."""
        self.out.close()
        return Arrived(self.path, self.file_name or "file", file_size)

    def upload_interrupted(self) -> None:
        """Leave nothing of a file whose sender went away."""
        if hasattr(self, "out"):
            self._drop()

    def erase(self) -> None:
        """Leave nothing of what arrived and was not kept."""
        if hasattr(self, "out"):
            self.out.close()
        for path in self.paths:
            path.unlink(missing_ok=True)

    def _drop(self) -> None:
        self.out.close()
        self.path.unlink(missing_ok=True)


def to_disk(request: HttpRequest) -> ToDisk:
    """Let the request's files go to disk; to be called before anything reads the request's body."""
    handler = ToDisk(request)
    request.upload_handlers = [handler]
    return handler


def arrived(request: HttpRequest) -> Arrived:
    """Return the file of the request, or raise a sentence."""
    found = request.FILES.get("file")
    if not isinstance(found, Arrived):
        raise InputError(_("No file came in. Choose one, or drop it on the frame."))
    if not found.size:
        raise InputError(_("%(name)s is empty. Export it again.") % {"name": found.name})
    return found
