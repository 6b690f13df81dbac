"""Small SVG charts: bars, and dots with whiskers on a common scale. Widths are percentages, so text around them keeps its size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

BAR_HEIGHT = 14
ROW_HEIGHT = 34
TRACK = SafeString('<rect class="track" width="100%" height="100%" rx="3"/>')
INSET = 4.0  # per cent kept free at both ends, so that no dot is cut


def bar(share: float, tone: str, label: str, *, whole: bool = True) -> SafeString:
    """Return a bar filled to `share` of its width, on a track where the width stands for the whole."""
    width = max(0.0, min(1.0, share)) * 100
    track = TRACK if whole else ""
    return format_html(
        '<svg class="bar" width="100%" height="{}" role="img" aria-label="{}">{}'
        '<rect class="{}" width="{}%" height="100%" rx="3"/></svg>',
        BAR_HEIGHT, label, track, tone, f"{width:.2f}",
    )  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """A common axis for intervals, with round ticks; zero is always on it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @classmethod
    def around(cls, values: Iterable[float]) -> Scale:
        """Return the scale that holds zero and all the values."""
        known = [0.0, *values]
        low, high = min(known), max(known)
        if low == high:
            low, high = -0.01, 0.01
        step = _round_step((high - low) / 5)
        first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
        return cls(first * step, last * step, tuple(n * step for n in range(first, last + 1)))

    def place(self, value: float) -> float:
        """Return where the value stands, in per cent of the width."""
        return INSET + (value - self.low) / (self.high - self.low) * (100 - 2 * INSET)


def whisker(point: float, low: float, high: float, *, scale: Scale, label: str) -> SafeString:
    """Return a dot with its interval over a line at zero; hollow where the interval holds zero."""
    sure = not low <= 0 <= high
    left, right, middle, zero = (f"{scale.place(value):.2f}%" for value in (low, high, point, 0.0))
    return format_html(
        '<svg class="whisker {}" width="100%" height="{}" role="img" aria-label="{}"><line class="zero" x1="{}" x2="{}" y1="0" y2="100%"/>'
        '<line class="range" x1="{}" x2="{}" y1="50%" y2="50%"/><line class="end" x1="{}" x2="{}" y1="32%" y2="68%"/>'
        '<line class="end" x1="{}" x2="{}" y1="32%" y2="68%"/><circle cx="{}" cy="50%" r="6"/></svg>',
        "sure" if sure else "unsure", ROW_HEIGHT, label, zero, zero, left, right, left, left, right, right, middle,
    )  # fmt: skip


def axis(scale: Scale, names: Iterable[str]) -> SafeString:
    """Return the axis under a column of whiskers, with a name per tick."""
    mark = '<line class="tick" x1="{0}%" x2="{0}%" y1="0" y2="5"/><text x="{0}%" y="20" text-anchor="middle">{1}</text>'
    places = [(f"{scale.place(tick):.2f}", name) for tick, name in zip(scale.ticks, names, strict=True)]
    marks = format_html_join("", mark, places)
    return format_html('<svg class="axis" width="100%" height="24" aria-hidden="true">{}</svg>', marks)


def _round_step(raw: float) -> float:
    """Return 1, 2 or 5 times a power of ten, at least `raw`."""
    power = 10.0 ** floor(log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
