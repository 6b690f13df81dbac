"""A lake that cannot be read."""

from pathlib import Path

from relance.core import place


def unreadable() -> None:
    """Put what nobody understands in the place of the lake's log."""
    log = Path(place.current().lake) / "_delta_log"
    log.mkdir(parents=True, exist_ok=True)
    (log / "00000000000000000000.json").write_text("nothing of sense")
