"""The drawings of benchmarks.breaker, as small SVG files in both languages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

WIDTH, BAR, GAP, LEFT = 640, 16, 18, 210
COLOURS = {
    "ours": "#206bc4",
    "bound": "#9aa0ac",
    "fixed": "#f59f00",
    "windowed": "#d63939",
    "asleep": "#d63939",
    "late": "#206bc4",
}
WORDS = {
    "en": {
        "before": "Messages sent before the stop (hard bounces, {alpha:g} % chance of a false stop)", "times": "{0} times the limit",
        "ours": "the breaker", "bound": "1.25 ln(1/α)/KL", "fixed": "rate so far", "windowed": "rate of the last 1,000",
        "false": "stops at the allowed rate itself, over 100,000 messages:",
        "evergreen": "Messages of a new fault before the stop, after 200,000 good ones (hard bounces)", "late": "e-detector (evergreen)",
        "asleep": "e-process (one-off)",
    },
    "fr": {
        "before": "Messages partis avant l’arrêt (NPAI, {alpha:g} % de risque d’arrêt à tort)",
        "times": "{0} fois la limite", "ours": "le disjoncteur", "bound": "1,25 ln(1/α)/KL", "fixed": "taux depuis le début",
        "windowed": "taux des 1 000 derniers", "false": "arrêts au taux admis lui-même, sur 100 000 messages :",
        "evergreen": "Messages d’un nouveau défaut avant l’arrêt, après 200 000 bons (NPAI)",
        "late": "e-détecteur (au long cours)", "asleep": "e-processus (envoi unique)",
    },
}  # fmt: skip


def draw(found: Mapping[str, Any], folder: Path) -> None:
    """Write the drawings into en/ and fr/ of the folder."""
    setting = found["one_off"][1]
    steady = found["evergreen"][0]
    for language, words in WORDS.items():
        number = str if language == "en" else lambda text: str(text).replace(",", "\u202f").replace(".", ",")
        groups = [
            (words["times"].format(one["factor"]),
             [("ours", one["ours"]), ("bound", one["bound"] * 1.25), ("fixed", one["fixed"]), ("windowed", one["windowed"])])
            for one in setting["before_stop"]
        ]  # fmt: skip
        false = setting["false_stops"]
        shares = " · ".join(
            f"{words[name]} {number(f'{false[name] * 100:.1f}')} %" for name in ("ours", "fixed", "windowed")
        )
        title = words["before"].format(alpha=setting["alpha"] * 100)
        _write(
            folder / language / "breaker-before-stop.svg", title, groups, words, number, f"{words['false']} {shares}"
        )
        later = [
            (words["times"].format(one["factor"]), [("late", one["after_good"]), ("asleep", one["asleep"])])
            for one in steady["before_stop"]
        ]
        _write(folder / language / "breaker-evergreen.svg", words["evergreen"], later, words, number, "")


def _write(path: Path, title: str, groups: Sequence[Any], words: Mapping[str, str], number: Any, foot: str) -> None:
    """Write a bar chart on a logarithmic scale."""
    largest = max(value for _, bars in groups for _, value in bars if math.isfinite(value))
    smallest = min(value for _, bars in groups for _, value in bars) / 2
    lines, y = [f'<text x="8" y="20" font-weight="600">{title}</text>'], 40
    for name, bars in groups:
        lines.append(f'<text x="8" y="{y + 12}">{name}</text>')
        for key, value in bars:
            length = (WIDTH - LEFT - 150) * math.log(value / smallest) / math.log(largest / smallest)
            lines.append(f'<rect x="{LEFT - 90}" y="{y}" width="{length:.0f}" height="{BAR}" fill="{COLOURS[key]}"/>')
            label = f"{number(f'{value:,.0f}')} · {words[key]}"
            lines.append(f'<text x="{LEFT - 84 + length:.0f}" y="{y + 12}" font-size="11">{label}</text>')
            y += BAR + 3
        y += GAP
    if foot:
        lines.append(f'<text x="8" y="{y}" font-size="11" fill="#626976">{foot}</text>')
        y += GAP
    body = "".join(lines)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 60}" height="{y}" viewBox="0 0 {WIDTH + 60} {y}" '
        f'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>{body}</svg>\n'
    )
