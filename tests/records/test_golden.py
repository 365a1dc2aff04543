"""Each reader gives of its exports what is written beside them."""

from __future__ import annotations

import pytest

from tests.records.files import EXPORTS
from tests.records.golden import asked, told

FOLDERS = sorted(path.parent.name for path in EXPORTS.glob("*/expected.json"))


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_export_gives_the_items_and_counts_that_are_written_beside_it(folder: str) -> None:
    expected = asked(folder)

    found = told(EXPORTS / folder, expected)

    for part in ("accounts", "items", "counts", "cannot"):
        assert found[part] == expected[part]
