"""SVG path data, as text: equal figures are equal bytes."""

from __future__ import annotations


def n(value: float) -> str:
    """Return a coordinate with at most two decimals, so that equal figures are equal bytes."""
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def circle(x: float, y: float, radius: float) -> str:
    r, k = radius, radius * 0.5523
    a, b = n(r), n(k)
    c = n(r - k)
    return (
        f"M{n(x - r)} {n(y)}c0 {b} {c} {a} {a} {a}c{b} 0 {a} -{c} {a} -{a}"
        f"c0 -{b} -{c} -{a} -{a} -{a}c-{b} 0 -{a} {c} -{a} {a}z"
    )


def rectangle(x: float, y: float, width: float, tall: float) -> str:
    return f"M{n(x)} {n(y)}h{n(width)}v{n(tall)}h-{n(width)}z"
