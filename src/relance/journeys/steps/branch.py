"""`branch`: the first arm whose condition holds takes the person; `otherwise` takes the rest."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import PlainValidator, TypeAdapter, model_validator

from relance import rules
from relance.core import database
from relance.core.definitions import Definition
from relance.journeys import conditions
from relance.journeys.steps.step import Due, Location, Step, Steps


class Arm(Definition):
    """`{when: condition, steps: […]}`, or `{otherwise: […]}`."""

    when: Annotated[rules.Condition, PlainValidator(conditions.read)] | None = None
    steps: Steps | None = None
    otherwise: Steps | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.when is None) == (self.otherwise is None) or (self.steps is None) != (self.when is None):
            raise ValueError("an arm is either `when` with `steps`, or `otherwise` with the steps below it")
        return self

    @property
    def inside(self) -> Steps:
        """The steps of this arm."""
        return (self.steps if self.otherwise is None else self.otherwise) or ()


class Branch(Step):
    """Arms are tried from top to bottom; without `otherwise`, those whom no arm takes go on below the branch."""

    kind: ClassVar[str] = "branch"
    cases: tuple[Arm, ...]

    @classmethod
    def read(cls, value: Any) -> Self:
        """Return the branch written as a list of arms."""
        cases = TypeAdapter(dict[str, tuple[Arm, ...]]).validate_python({cls.kind: value})[cls.kind]
        last = len(cases) - 1
        if not cases or any(case.otherwise is not None and index < last for index, case in enumerate(cases)):
            raise ValueError("a branch has at least one arm, and `otherwise` stands last")
        return cls(cases=cases)

    @property
    def arms(self) -> tuple[tuple[Location, Steps], ...]:
        """The steps of each arm."""
        return tuple(
            ((self.kind, index, "otherwise" if case.when is None else "steps"), case.inside)
            for index, case in enumerate(self.cases)
        )

    @property
    def catches_all(self) -> bool:
        """Whether there is an `otherwise`."""
        return self.cases[-1].otherwise is not None

    def advance(self, due: Due) -> int:
        """Send the due rows into the arms, one UPDATE an arm; those left over go on below."""
        if not database.rows(f"SELECT 1 FROM enrolment e WHERE {due.ROWS} LIMIT 1", due.values):
            return 0  # compiling the conditions would cost more than this look
        moved = 0
        for case, start in zip(self.cases, due.node.arms, strict=True):
            moved += self._take(due, start, case.when)
        return moved if self.catches_all else moved + self._take(due, due.node.following, None)

    @staticmethod
    def _take(due: Due, start: str | None, when: rules.Condition | None) -> int:
        """Move the due rows for which `when` holds to `start`; nobody where it is unknown."""
        move, values = due.move(start)
        chosen = f"e.contact_id IN ({conditions.contacts_sql(when, due.now)})" if when is not None else "TRUE"
        statement = f"""
            WITH due AS (SELECT e.contact_id, e.entered_at FROM enrolment e WHERE {due.ROWS}),
                 reaction AS ({conditions.REACTION})
            UPDATE enrolment e SET {move} WHERE {due.ROWS} AND {chosen}
        """
        return database.execute(statement, due.values | values | {"journey": str(due.version.journey_id)})
