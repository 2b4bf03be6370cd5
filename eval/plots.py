"""Line plots as inline SVG that follow the page's colours (light and dark) and scale with its width. Pure strings.

Colours and fonts come from the page's CSS classes ``grid``, ``axis``, ``label``, ``series-0`` … and ``reference``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

__all__ = ["Axis", "Series", "line_plot", "round_top"]

_WIDTH, _HEIGHT = 360.0, 250.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 54.0, 18.0, 28.0, 40.0


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its label with the unit, its range, how ticks are written; ``log`` for powers of ten.

    ``at`` names the values that get a tick; without it ticks stand at quarters, or at powers of ten.
    """

    label: str
    low: float
    high: float
    log: bool = False
    write: Callable[[float], str] = "{:g}".format
    at: tuple[float, ...] = ()

    def place(self, value: float) -> float:
        """Return where ``value`` stands between 0 (low) and 1 (high), clipped."""
        if self.log:
            low, high, value = log10(self.low), log10(self.high), log10(max(value, 1e-12))
        else:
            low, high = self.low, self.high
        return min(1.0, max(0.0, (value - low) / (high - low))) if high > low else 0.5

    def ticks(self) -> list[float]:
        """Return the values that get a tick."""
        if self.at:
            return list(self.at)
        if self.log:
            first, last = ceil(log10(self.low) - 1e-9), floor(log10(self.high) + 1e-9)
            return [10.0**power for power in range(first, last + 1)]
        return [self.low + (self.high - self.low) * step / 4 for step in range(5)]


@dataclass(frozen=True, slots=True)
class Series:
    """Points to join; ``dots`` marks each point, ``reference`` draws the thin dashed line of comparison."""

    name: str
    points: Sequence[tuple[float, float]]
    dots: bool = False
    reference: bool = False


def round_top(value: float) -> float:
    """Return the least round number from ``value`` on whose quarters are round too: 3,400 gives 4,000."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10) if step * power >= value)


def line_plot(title: str, x: Axis, y: Axis, series: Sequence[Series]) -> str:
    """Return an ``<svg>`` element; its title and legend are readable by a screen reader."""

    def at(point: tuple[float, float]) -> tuple[float, float]:
        across = _LEFT + x.place(point[0]) * (_WIDTH - _LEFT - _RIGHT)
        return across, _HEIGHT - _BOTTOM - y.place(point[1]) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg class="plot" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{escape(title)}">',
        *_grid(x, y, at),
    ]
    number = 0
    for one in series:
        name = "reference" if one.reference else f"series-{number}"
        number += not one.reference
        places = [at(point) for point in one.points]
        path = " ".join(f"{across:.1f},{down:.1f}" for across, down in places)
        parts.append(
            f'<polyline class="line {name}" points="{path}"><title>{escape(one.name)}</title></polyline>'
        )
        if one.dots:
            parts += [
                f'<circle class="dot {name}" cx="{across:.1f}" cy="{down:.1f}" r="3">'
                f"<title>{escape(one.name)}: {x.write(point[0])}, {y.write(point[1])}</title></circle>"
                for (across, down), point in zip(places, one.points, strict=True)
            ]
    parts += _legend([one for one in series if one.name])
    return "\n".join([*parts, "</svg>"])


def _grid(x: Axis, y: Axis, at: Callable[[tuple[float, float]], tuple[float, float]]) -> list[str]:
    parts = []
    left, bottom = at((x.low, y.low))
    right, top = at((x.high, y.high))
    for tick in y.ticks():
        down = at((x.low, tick))[1]
        parts.append(f'<line class="grid" x1="{left:g}" x2="{right:g}" y1="{down:.1f}" y2="{down:.1f}"/>')
        parts.append(
            f'<text class="label" x="{left - 5:g}" y="{down + 4:.1f}" text-anchor="end">{y.write(tick)}</text>'
        )
    for tick in x.ticks():
        across = at((tick, y.low))[0]
        parts.append(
            f'<text class="label" x="{across:.1f}" y="{bottom + 14:g}" text-anchor="middle">{x.write(tick)}</text>'
        )
    middle = (left + right) / 2
    parts.append(f'<line class="axis" x1="{left:g}" x2="{right:g}" y1="{bottom:g}" y2="{bottom:g}"/>')
    parts.append(
        f'<text class="label name" x="{middle:g}" y="{_HEIGHT - 8:g}" text-anchor="middle">{escape(x.label)}</text>'
    )
    parts.append(
        f'<text class="label name" transform="translate(11 {(top + bottom) / 2:g}) rotate(-90)" '
        f'text-anchor="middle">{escape(y.label)}</text>'
    )
    return parts


def _legend(series: Sequence[Series]) -> list[str]:
    if len(series) < 2:
        return []
    parts, number, across = [], 0, _LEFT
    for one in series:
        name = "reference" if one.reference else f"series-{number}"
        number += not one.reference
        parts.append(f'<line class="line {name}" x1="{across:g}" x2="{across + 18:g}" y1="12" y2="12"/>')
        parts.append(f'<text class="label" x="{across + 23:g}" y="16">{escape(one.name)}</text>')
        across += 23 + 14 + sum(6.5 if ord(character) < 0x2E80 else 11 for character in one.name)
    return parts
