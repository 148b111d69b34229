"""`[forms.<form>.units]`: where the units of a form come from, if they are not written down."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from frontdesk.config.problems import Problem
from frontdesk.config.section import Section, differ
from frontdesk.config.types import Duration, Url

if TYPE_CHECKING:
    from frontdesk.config.form import Form

SHORTEST, LONGEST = 300.0, 86400.0  # seconds

Name = Annotated[str, Field(min_length=1, max_length=200)]
Words = list[Annotated[str, Field(min_length=1, max_length=100)]]


class UnitSource(Section):
    """What every source of units has; each kind adds its own keys."""

    source: str
    every: Duration = Field("1 hour", ge=SHORTEST, le=LONGEST, validate_default=True)

    def problems(self, form: "Form", accounts: Sequence[tuple[str, Any]]) -> Iterator[Problem]:
        """What contradicts the form, or its accounts, each with its kind; paths begin here."""
        yield from ()


class Columns(Section):
    """What the columns are called that say something of a unit."""

    unit: Name
    name: Name | None = None
    rooms: Name | None = None
    area: Name | None = None
    price: Name | None = None
    state: Name | None = None


class FileSource(UnitSource):
    """A price list of the site's own; `free` and the like: the words that a state has for it."""

    url: Url = Field(repr=False)  # may have a token in it
    columns: Columns
    free: Words = ["free", "available"]
    reserved: Words = ["reserved"]
    sold: Words = ["sold"]

    @field_validator("free", "reserved", "sold")
    @classmethod
    def _one_meaning_each(cls, words: list[str], info: ValidationInfo) -> list[str]:
        words = [word.strip().casefold() for word in words]
        differ(words)
        for other in ("free", "reserved"):
            both = set(words) & set(info.data.get(other, ())) if other != info.field_name else ()
            if both:
                raise ValueError(f"{min(both)!r} is a word for {other} as well")
        return words

    def problems(self, form: "Form", accounts: Sequence[tuple[str, Any]]) -> Iterator[Problem]:
        if self.columns.state is None:
            for name in sorted({"free", "reserved", "sold"} & self.model_fields_set):
                yield (name,), "says what a state means, but columns.state names no column"


class JsonSource(FileSource):
    """A list of objects, at the path `rows` of a document."""

    source: Literal["json"]
    rows: str = Field("", max_length=200)


class CsvSource(FileSource):
    """A table whose first row names the columns."""

    source: Literal["csv"]


FILES: dict[str, type[UnitSource]] = {"json": JsonSource, "csv": CsvSource}
