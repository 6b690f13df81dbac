"""`exit`: the person leaves the journey here."""

from typing import ClassVar

from relance.core import database
from relance.journeys.steps.step import Due, Step


class Exit(Step):
    """Ends the passage, without any further effect."""

    kind: ClassVar[str] = "exit"
    ends: ClassVar[bool] = True

    def advance(self, due: Due) -> int:
        """End every due row."""
        end, values = due.end("exit")
        return database.execute(f"UPDATE enrolment e SET {end} WHERE {due.ROWS}", due.values | values)
