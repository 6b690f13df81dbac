"""Policies that are shipped, to start from: those a fresh base gets, and others for other trades."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relance.core.definitions import Document, read
from relance.core.errors import NotFoundError
from relance.dormancy.policies import PolicyDefinition

FOLDER = Path(__file__).parents[1] / "recipes" / "policies"


@dataclass(frozen=True)
class Preset:
    """A shipped policy: its file, and whether a fresh base gets it without being asked."""

    path: Path
    given: bool
    definition: PolicyDefinition

    @property
    def name(self) -> str:
        """Return the policy's name."""
        return self.definition.policy

    @property
    def document(self) -> Document:
        """Return its file's document."""
        return read(self.path)


def presets() -> list[Preset]:
    """Return the shipped policies: those a fresh base gets first, each group by name."""
    paths = [*sorted(FOLDER.glob("*.yaml")), *sorted((FOLDER / "presets").glob("*.yaml"))]
    return [Preset(path, path.parent == FOLDER, PolicyDefinition.model_validate(read(path).data)) for path in paths]


def preset(name: str) -> Preset:
    """Return the shipped policy of this name; raise NotFoundError with the names there are."""
    found = presets()
    chosen = next((preset for preset in found if preset.name == name), None)
    if chosen is None:
        raise NotFoundError(f"No preset is called {name}. There are: {', '.join(preset.name for preset in found)}.")
    return chosen
