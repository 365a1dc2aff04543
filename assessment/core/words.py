"""Figures as a reader sees them, in every sentence that the method says."""

from __future__ import annotations


def percent(share: float, decimals: int = 1) -> str:
    """Return a share as a reader sees it.

    >>> percent(0.15), percent(0.1541), percent(0.1504, 2)
    ('15 %', '15.4 %', '15.04 %')
    """
    return f"{points(100 * share, decimals)} %"


def points(value: float, decimals: int = 1) -> str:
    """Return a figure with so many decimals at most, and none when it is whole.

    >>> points(12), points(20.04), points(3.26), points(20.04, 2)
    ('12', '20', '3.3', '20.04')
    """
    return f"{value:.{decimals}f}".rstrip("0").removesuffix(".")
