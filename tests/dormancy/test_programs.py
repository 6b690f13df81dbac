"""A program comes from its file as it was compiled; another question, another code or a broken file is compiled anew."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from relance.core import place
from relance.core.definitions import read, validate
from relance.dormancy import program, programs
from relance.dormancy.policies import PolicyDefinition
from relance.dormancy.program import LIFETIME, RETURNS, Program
from tests.dormancy.history import RECIPES

pytestmark = pytest.mark.usefixtures("db")
MODELS = frozenset({LIFETIME, RETURNS})
SHIPPED = tuple(
    validate(PolicyDefinition, read(path)).model_dump_json(by_alias=True) for path in sorted(RECIPES.glob("*.yaml"))
)


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was compiled while the test runs, by dialect."""
    compiled: list[str] = []

    def noted(*given: object) -> Program:
        compiled.append(str(given[2]))
        return program.compiled(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(programs, "program", type("Noted", (), {"compiled": staticmethod(noted)}))
    programs.compiled.cache_clear()
    yield compiled
    programs.compiled.cache_clear()


def asked(dialect: str = "duckdb") -> Program:
    """Ask as another process would."""
    programs.compiled.cache_clear()
    return programs.compiled(SHIPPED, (), dialect, MODELS)


def kept() -> list[Path]:
    return sorted(place.folder(programs.FOLDER).glob("*.json"))


def test_what_was_compiled_once_comes_from_its_file(compilations: list[str]) -> None:
    first = asked()
    assert asked() == first == program.compiled(SHIPPED, (), "duckdb", MODELS)
    assert compilations == ["duckdb"]


def test_another_dialect_setting_or_code_is_another_program(
    compilations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked()
    asked("trino")
    monkeypatch.setattr(programs, "_sources", lambda: "changed")
    asked()
    assert compilations == ["duckdb", "trino", "duckdb"]


def test_a_broken_file_is_compiled_anew(compilations: list[str]) -> None:
    first = asked()
    for text in ("", "{", "{}", "[]"):
        kept()[0].write_text(text)
        assert asked() == first
    assert len(compilations) == 5


def test_the_oldest_files_go(compilations: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST", 2)
    for dialect in ("duckdb", "trino", "snowflake"):
        asked(dialect)
    assert len(kept()) == 2


def test_steps_that_policies_share_are_made_once_and_say_the_same() -> None:
    policies = [PolicyDefinition.model_validate_json(text) for text in SHIPPED]
    other = [policy.model_copy(update={"policy": f"{policy.policy}_2"}) for policy in policies]
    first, second = program.expressions(policies, {}, MODELS), program.expressions(other, {}, MODELS)
    assert second["profile"] is first["profile"]
    assert second["asked"] is not first["asked"]
