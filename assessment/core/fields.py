"""What a single value of a document may be, wherever one stands: counts, days, and text that can be shown."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from assessment.core.interchange import MAX_NUMBER
from assessment.core.text import stray


def _day(value: object) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("is not a day written as YYYY-MM-DD")
    day = date.fromisoformat(value)
    if not 1990 <= day.year <= 2199:
        raise ValueError("lies outside 1990 to 2199")
    return day


def _plain(text: str) -> str:
    if stray(text):
        raise ValueError("holds a character that cannot be printed")
    return text


Count = Annotated[int, Field(ge=0, le=MAX_NUMBER)]
Positive = Annotated[int, Field(ge=1, le=MAX_NUMBER)]
Day = Annotated[date, BeforeValidator(_day)]
Line = Annotated[str, Field(max_length=200), AfterValidator(_plain)]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[ -~]+$")]  # letters that any font has
Passage = Annotated[str, Field(max_length=2000), AfterValidator(_plain)]


class Part(BaseModel):
    """A part of a document: strict, closed, and never changed once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
