"""What a sample shop is asked to be: how many contacts, which months, which seed."""

import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np

from relance.core.durations import Duration
from relance.core.errors import InputError

DAY = 86_400
YEAR = 365 * DAY
FEWEST_CONTACTS = 200
FEWEST_MONTHS = 12


@dataclass(frozen=True)
class Scope:
    """The arguments of a generation. Instants are whole seconds since 1970, UTC."""

    contacts: int
    seed: int
    today: date
    months: int

    def __post_init__(self) -> None:
        if self.contacts < FEWEST_CONTACTS or self.months < FEWEST_MONTHS:
            raise InputError(
                f"The sample shop cannot have {self.contacts} contacts over {self.months} months: "
                f"ask for at least {FEWEST_CONTACTS} contacts and {FEWEST_MONTHS} months."
            )

    @property
    def _midnight(self) -> datetime:
        return datetime.combine(self.today, time(), UTC)

    @property
    def start(self) -> int:
        """The first instant of the history."""
        return int(Duration(self.months, "month").before(self._midnight).timestamp())

    @property
    def end(self) -> int:
        """The midnight that begins `today`; everything happens before it."""
        return int(self._midnight.timestamp())

    def count(self, share: float) -> int:
        """Return the number of contacts that `share` of them makes, one at least."""
        return max(1, round(share * self.contacts))

    def random(self, stage: str) -> np.random.Generator:
        """Return the random numbers of one stage; what another stage draws does not move them."""
        return np.random.default_rng([self.seed, zlib.crc32(stage.encode())])
