"""What the parts of an instrument are made of: a frozen model, and the kinds of values in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Rate = Annotated[float, Field(ge=0, le=1)]
Share = Annotated[float, Field(gt=0, lt=1)]  # neither nothing nor all
Text = Annotated[str, Field(min_length=1)]
# Ids are printed and stand in addresses, so they are short: "AB1", "WATCH", "P3a".
Id = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,9}[a-z]?$")]
# What a person may have to type: the name of a folder, of a form, a pattern, a destination.
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class Part(BaseModel):
    """A frozen piece of an instrument: unknown keys are refused, so a typing error is found."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)
