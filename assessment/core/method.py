"""What the method itself names, whatever is asked: grades of evidence, readings, and types of answers."""

from __future__ import annotations

from typing import Literal

Grade = Literal["E1", "E2", "E3", "E4"]
Reading = Literal["claimed", "likely", "shown"]
READINGS: tuple[Reading, ...] = ("claimed", "likely", "shown")
GRADES: tuple[Grade, ...] = ("E4", "E3", "E2", "E1")

AnswerType = Literal["count", "elapsed", "date", "anchors", "artefact", "spread"]
"""How an indicator is answered; each reduces to sound, failing and unverified (docs/method.md)."""

# Four quarters, four levels and two halves: the marks that one such answer stands for.
FIXED_MARKS: dict[str, int] = {"date": 4, "anchors": 4, "artefact": 2}
