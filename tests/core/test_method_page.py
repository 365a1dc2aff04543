"""The examples of docs/method.md and of the core's docstrings print what they say."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = [
    import_module(f"assessment.core.{name}")
    for name in (
        *("answers", "bands", "beta", "confidence", "contradictions", "diagnosis", "evidence", "gates"),
        *("interchange", "patterns", "routing", "sampling", "scoring", "text", "words"),
    )
]


def test_every_number_on_the_methods_page_is_what_the_code_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    result = doctest.testfile(str(ROOT / "docs" / "method.md"), module_relative=False)

    assert result.attempted >= 25
    assert result.failed == 0


@pytest.mark.parametrize("name", ["beta", "sampling", "scoring", "text", "words"])
def test_the_examples_in_docstrings_hold(name: str) -> None:
    result = doctest.testmod(import_module(f"assessment.core.{name}"))

    assert result.attempted > 0
    assert result.failed == 0


def test_every_public_name_of_the_core_says_what_it_gives() -> None:
    silent = [
        f"{module.__name__}.{name}"
        for module in CORE
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
        and not (value.__doc__ or "").strip()
    ]

    assert silent == []
