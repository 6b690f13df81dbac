"""The kept model: JSON that scores as it was learned, and refuses what is no model."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from relance.core.errors import InputError
from relance.dormancy.reactivity import kept, reading, scores, study
from relance.dormancy.reactivity.effort import Effort
from relance.dormancy.reactivity.preparation import Question, prepare
from relance.measurement.reactivity import limits
from tests.dormancy.reactivity import people

QUICK = Effort(3, 1, 100, 1)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, kept.Model]:
    """A shop's file and the model learned from it, kept and read again."""
    folder = tmp_path_factory.mktemp("kept")
    path = people.write(folder / "shop.csv", 3000, slope=0.3)
    question = Question("visited", "mailed", value="10", cost=0.4)
    found = study.study(prepare(reading.read(path), question), question, QUICK, limits)
    assert found.verdict == "uplift"
    kept.write(found.model, folder / "model.json")
    return path, kept.read(folder / "model.json")


def test_it_scores_as_the_truth_is(learned: tuple[Path, kept.Model]) -> None:
    path, model = learned
    table = reading.read(path)
    found = scores.score(model, table)
    loves = table.columns["loves_mail"].numbers == 1
    assert found.uplift is not None
    assert found.uplift[loves].mean() == pytest.approx(0.18, abs=0.05)
    assert found.uplift[~loves].mean() == pytest.approx(-0.08, abs=0.05)
    assert found.mail is not None
    assert found.mail[loves].mean() > 0.95
    assert found.mail[~loves].mean() < 0.05


def test_its_scores_name_people_and_rank_them(learned: tuple[Path, kept.Model]) -> None:
    path, model = learned
    table = reading.read(path)
    lines = scores.as_csv(model, table, scores.score(model, table)).decode().splitlines()
    assert lines[0] == '"row","customer_id","note","response","uplift","expected_value","rank","mail"'
    assert lines[1].startswith('1,"C000000"')
    assert sorted(int(line.split(",")[-2]) for line in lines[1:]) == list(range(1, table.rows + 1))


@pytest.mark.parametrize(("change", "said"), [
    ({"format": "other"}, "format"), ({"means": []}, "do not fit"), ({"spreads": None}, "spreads"), ({"run": "me"}, "run"),
    ({"uplift": None}, "do not fit"), ({"response": {"intercept": 1e999, "coefficients": []}}, "response"),
])  # fmt: skip
def test_what_is_no_model_is_refused(
    learned: tuple[Path, kept.Model], tmp_path: Path, change: dict[str, object], said: str
) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(kept.form(learned[1]) | change))
    with pytest.raises(InputError, match=re.escape(said)):
        kept.read(path)


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"[]"])
def test_what_is_not_even_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no model of reactivity"):
        kept.read(path)


def test_a_file_that_cannot_be_written_leaves_nothing(learned: tuple[Path, kept.Model], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        kept.write(learned[1], tmp_path / "no" / "model.json")
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        kept.write(learned[1], tmp_path / "there")
    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_values_read_back_are_those_kept(learned: tuple[Path, kept.Model]) -> None:
    model = learned[1]
    again = kept.of(json.loads(json.dumps(kept.form(model))))
    assert np.array_equal(again.response.coefficients, model.response.coefficients)
    assert again.encoder.codings == model.encoder.codings


def test_without_scikit_learn_learning_is_refused_and_the_rest_works() -> None:
    program = """
import sys
import django; django.setup()
from relance.cli import reactivity
from relance.dormancy.reactivity import evaluation, scores
from relance.core.errors import ConfigurationError
print("loaded early" if "sklearn" in sys.modules else "loaded when asked for")
sys.modules["sklearn"] = None
try:
    from relance.dormancy.reactivity import study
except ConfigurationError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "loaded when asked for" in ran.stdout
    assert "pip install 'relance[learning]'" in ran.stdout
