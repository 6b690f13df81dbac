import csv
import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import typer

from relance.cli import lifetime
from relance.core.errors import InputError
from tests.dormancy.lifetime import simulating

COMMAND = typer.main.get_command(lifetime.app)


def run(capsys: pytest.CaptureFixture[str], *words: object) -> dict:
    COMMAND.main([*map(str, words), "--json"], standalone_mode=False)
    return json.loads(capsys.readouterr().out)


def written(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Purchases of 1,200 customers who follow BG/NBD over two years, in euros, with returns and a row of nobody."""
    random = np.random.default_rng(11)
    rows = []
    for n in range(1_200):
        born, spend = int(random.integers(0, 300)), random.gamma(20, 2)
        rate, leaving, day, live = random.gamma(0.8, 1 / 60), random.beta(0.8, 3), float(born), True
        while live and day < 730:
            rows.append(
                f"C{n};{date(2024, 1, 1) + timedelta(days=int(day)):%d/%m/%Y};{spend * random.gamma(8, 0.125):.2f}".replace(
                    ".", ","
                )
            )
            live = day == born or random.random() > leaving
            day += random.exponential(1 / rate)
    rows += ["C1;03/05/2025;-12,50", ";04/05/2025;10,00"]
    return written(tmp_path / "ventes.csv", "N° client;Date d'achat;Montant TTC", rows)


def test_purchases_are_fitted_and_measured(shop: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    found = run(capsys, shop, "--model", "bg_nbd", "--score", out)
    assert found["columns"] == {"N° client": "N° client"} or found["columns"]["customer"] == "N° client"
    assert (found["rows"]["returns_left_out"], found["rows"]["anonymous"]) == (1, 1)
    assert found["models"]["bg_nbd"]["held_out"]["customers"] > 1_000
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == found["customers"] == 1_200
    assert all((row["p_alive"] == "") for row in rows if row["frequency"] == "0")


def test_a_summary_is_fitted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    h = simulating.bg_nbd(800, seed=12)
    rows = [f"{x:g},{t_x},{age}" for x, t_x, age in zip(h.x, h.t_x, h.T, strict=True)]
    found = run(capsys, written(tmp_path / "s.csv", "x,t_x,T", rows), "--unit", "weeks", "--model", "mbg_nbd")
    assert (found["accepted"], found["model"], found["verified"]) == (True, "mbg_nbd", False)
    assert found["gamma_gamma"]["refusal"] == "spend_missing"
    assert found["one_time_buyers"]["returns"] is None


@pytest.mark.parametrize(
    ("rows", "unit", "source", "horizon"),
    [(["2,30.43,38.86", "1,1.71,38.86"], (), ("weeks", "assumed"), 90 / 7), (["2,30,39", "1,2,39"], (), ("days", "assumed"), 90),
     (["2,30.5,39.1", "1,2,39"], (), ("days", "assumed"), 90), (["2,30,39", "1,2,39"], ("--unit", "weeks"), ("weeks", "said"), 90 / 7)],
)  # fmt: skip
def test_the_unit_of_a_summary_is_said(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    rows: list[str],
    unit: tuple[str, ...],
    source: tuple[str, str],
    horizon: float,
) -> None:
    found = run(capsys, written(tmp_path / "s.csv", "x,t_x,T", rows), *unit)
    assert (found["unit"], found["unit_source"]) == source
    assert (found["horizon"], found["horizon_days"]) == (pytest.approx(horizon), pytest.approx(90))
    assert set(found["unit_note"]) == {"en", "fr"}


def test_a_horizon_is_in_the_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path / "s.csv", "x,t_x,T", ["2,30.43,38.86", "1,1.71,38.86"])
    assert run(capsys, path, "--horizon", "4")["horizon_days"] == 28


def test_a_refused_base_is_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, written(tmp_path / "s.csv", "frequency,recency,T", ["0,0,10"] * 300))
    assert (found["accepted"], found["refusal"]) == (False, "no_repeat_buyers")
    assert found["ranking"] == "recency_against_own_cadence"


@pytest.mark.parametrize(
    ("header", "row", "word"),
    [("a,b", "1,2", "neither"), ("x,t_x,T", "1,soon,5", "not a number"), ("x,t_x,T", "1,nan,5", "not a number"),
     ("x,t_x,T", "3,9,5", "above the age"), ("customer,date", "C1,never", "no readable date"),
     ("customer,date,amount", "C1,2026-01-02,-3", "return")],
)  # fmt: skip
def test_bad_input_is_refused_with_a_sentence(tmp_path: Path, header: str, row: str, word: str) -> None:
    path = written(tmp_path / "bad.csv", header, [row])
    with pytest.raises(InputError, match=word):
        COMMAND.main([str(path)], standalone_mode=False)


def test_a_folder_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    for path in (tmp_path, tmp_path / "empty.csv", tmp_path / "absent.csv"):
        with pytest.raises(InputError):
            COMMAND.main([str(path)], standalone_mode=False)


def test_one_row_is_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, written(tmp_path / "one.csv", "customer,date", ["C1,2026-01-02"]))
    assert found["refusal"] == "no_repeat_buyers"


def test_online_retail_degenerates_and_is_refused(public_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = next((public_data / "online_retail").glob("*.csv.gz"))
    found = run(capsys, path, "--model", "bg_nbd")
    assert (found["accepted"], found["models"]["bg_nbd"]["refusal"]) == (False, "dropout_not_seen")


def test_cdnow_is_accepted(public_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = ("--map", "1-6=customer", "--map", "13-20=date", "--map", "24-31=amount")
    found = run(
        capsys, public_data / "cdnow" / "CDNOW_sample.txt", "--unit", "weeks", "--until", "1997-09-30", *columns
    )
    assert round(found["models"]["bg_nbd"]["parameters"]["r"], 3) == 0.243
    assert {one["refusal"] for one in found["models"].values()} == {""}
    assert {one["beside_recency"]["code"] for one in found["models"].values()} == {"no_better_than_recency"}
    assert (found["accepted"], found["model"], found["chosen_by"]) == (True, "mbg_nbd", "aic")


def test_purchases_after_today_decide_nothing(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--model", "bg_nbd", "--as-of", "2026-07-27")
    before = run(capsys, shop, *asked)
    with shop.open("a") as file:
        file.write("C1;01/01/2999;10,00\nC2;31/12/9999;10,00\n")
    found = run(capsys, shop, *asked)
    assert (before["rows"]["after_today"], found["rows"]["after_today"]) == (0, 2)
    assert found["models"] == before["models"]
    assert found["last_date"] == before["last_date"]
    assert "2 lines" in found["after_today_note"]["en"]
    COMMAND.main([str(shop), *asked], standalone_mode=False)
    assert "Left out, dated after today (2026-07-27): 2 lines." in capsys.readouterr().out


def test_a_file_of_nothing_but_the_future_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "later.csv", "customer,date", ["C1,2999-01-02", "C2,2026-07-28"])
    with pytest.raises(InputError, match="after today, 2026-07-27"):
        COMMAND.main([str(path), "--as-of", "2026-07-27"], standalone_mode=False)


def test_a_day_of_calibration_too_near_the_end_is_refused(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    last = date.fromisoformat(run(capsys, shop, "--model", "bg_nbd")["last_date"])
    with pytest.raises(InputError, match=f"27 days later.*{last - timedelta(days=28)}"):
        COMMAND.main([str(shop), "--until", str(last - timedelta(days=27))], standalone_mode=False)
    until = str(last - timedelta(days=28))
    assert run(capsys, shop, "--model", "bg_nbd", "--until", until)["calibrated_until"] == until


def test_who_bought_once_is_expected_what_the_cohort_s_curve_says(
    shop: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "scores.csv"
    found = run(capsys, shop, "--model", "bg_nbd", "--score", out)
    with out.open() as file:
        once = [row for row in csv.DictReader(file) if row["frequency"] == "0"]
    curve = {0: 0.0} | {one["month"]: one["share"] for one in found["one_time_buyers"]["returns"]}
    reach, month = max(curve) * 365.25 / 12, 365.25 / 12
    told = [row for row in once if row["expected_purchases"]]
    assert {float(row["T"]) + 90 <= reach for row in told} == {True}
    assert {float(row["T"]) + 90 <= reach for row in once if not row["expected_purchases"]} == {False}
    assert told
    for row in told[:20]:
        here, later = (
            1 - np.interp((float(row["T"]) + ahead) / month, list(curve), list(curve.values())) for ahead in (0, 90)
        )
        assert float(row["expected_purchases"]) == pytest.approx(1 - later / here)
        assert float(row["expected_value"]) == pytest.approx((1 - later / here) * float(row["expected_spend"]))
    untold = [row for row in once if not row["expected_purchases"]]
    assert {(row["expected_value"], row["rank"]) for row in untold} == {("", "")}


def test_without_dates_nothing_is_expected_of_who_bought_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    h, out = simulating.bg_nbd(800, seed=12), tmp_path / "scores.csv"
    rows = [f"{x:g},{t_x},{age}" for x, t_x, age in zip(h.x, h.t_x, h.T, strict=True)]
    run(capsys, written(tmp_path / "s.csv", "x,t_x,T", rows), "--unit", "weeks", "--model", "mbg_nbd", "--score", out)
    with out.open() as file:
        told = [
            (row["frequency"] == "0", row["expected_purchases"] == "", row["rank"] == "")
            for row in csv.DictReader(file)
        ]
    assert set(told) == {(True, True, True), (False, False, False)}


def test_the_text_tells_the_cohort_s_curve(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    COMMAND.main([str(shop), "--model", "bg_nbd"], standalone_mode=False)
    text = capsys.readouterr().out
    assert "Bought again, of all first purchases" in text
    assert [line.split()[0] for line in text.splitlines() if " to " in line and "%" in line][:3] == ["1", "2", "3"]


def test_an_age_in_brackets_is_known_and_a_missing_field_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["2,30.5,40.25", "0,0,12", "1,3.5,90"]
    assert (
        run(capsys, written(tmp_path / "a.csv", "Frequency (x),Recency (t_x),Age (T)", lines))["columns"]["T"]
        == "Age (T)"
    )
    with pytest.raises(InputError, match=r'such as --map "Seniority=T"'):
        run(capsys, written(tmp_path / "b.csv", "frequency,recency,Seniority", lines))
