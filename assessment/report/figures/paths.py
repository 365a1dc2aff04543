"""SVG path data, as text: equal figures are equal bytes."""

from __future__ import annotations


def n(value: float) -> str:
    """Return a coordinate with at most two decimals, so that equal figures are equal bytes."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def circle(x: float, y: float, radius: float) -> str:
    r, d = n(radius), n(2 * radius)
    return f"M{n(x - radius)} {n(y)}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z"


def rectangle(x: float, y: float, width: float, tall: float) -> str:
    return f"M{n(x)} {n(y)}h{n(width)}v{n(tall)}h-{n(width)}z"
