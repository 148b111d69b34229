"""What every table of the configuration file is."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of the configuration file: unknown keys are errors, values are final."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def differ(values: list[Any]) -> None:
    """Raise ValueError for a value that is there twice."""
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{value!r} is there twice")
        seen.add(value)
