"""Questions with something to choose from.

What a visitor chose and the form does not offer (any more) is the page's mistake, which the visitor
cannot mend: it is no answer, but named in the note. Who can mend it is told: programmers, who send
JSON, and operators. Units come and go, so that for them only operators are.
"""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import ClassVar

from frontdesk.config.links import Link
from frontdesk.intake.questions.base import (
    MAX_LIST,
    Channel,
    Json,
    Question,
    Reading,
    Typed,
    wrong,
)
from frontdesk.intake.text import clip
from frontdesk.model.lead import AttributeValue

UNKNOWN = 5  # such values of an answer, and of each
UNKNOWN_LENGTH = 200  # characters are kept
# What checkboxes and programs send, in no language of people.
_YES = frozenset({"true", "on", "yes", "1", "y", "t"})
_NO = frozenset({"false", "off", "no", "0", "n", "f"})


class Offer(Question):
    """A question with options."""

    forgiving: ClassVar[tuple[Channel, ...]] = ("html",)

    def __init__(
        self, language: str, label: str, options: Mapping[str, str], *, required: str = ""
    ) -> None:
        """`options`: labels by values."""
        super().__init__(language, label, required=required)
        self.options = dict(options)
        self.offered = list(options)

    def read(self, typed: Typed, channel: Channel) -> Reading:
        taken = typed if isinstance(typed, list) else [str(typed)]
        unknown = self.unknown(taken)
        if not unknown:
            return Reading(typed, self.answer(taken))
        if channel not in self.forgiving:
            return wrong(typed, "not_offered", self.wrong)
        between = "" if self.label.endswith(("?", ":")) else ":"
        remark = f"{self.label}{between} {', '.join(unknown)}"  # no other place has it
        return Reading(typed, self.answer(taken), remark=remark, ignored=True)

    def unknown(self, taken: Iterable[str]) -> list[str]:
        """Of what was chosen, what the form does not offer."""
        return list(islice((value for value in taken if value not in self.options), UNKNOWN))

    def choices(self, taken: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Values and labels, also of what was taken and is not offered, so that it is not lost."""
        yield from self.options.items()
        yield from ((value, value) for value in self.unknown(taken))

    @property
    @abstractmethod
    def wrong(self) -> str:
        """What is said of one that is not offered."""

    @abstractmethod
    def answer(self, taken: Sequence[str]) -> AttributeValue | None:
        """What goes into the lead."""

    def kept(self, value: str) -> str:
        """A value; one that is not offered may say what it likes, but not at any length."""
        return value if value in self.options else clip(value, UNKNOWN_LENGTH)


class Choice(Offer):
    """One of the configured options, or none of them, which `unchosen` stands for."""

    control = "select"

    def __init__(
        self,
        language: str,
        label: str,
        options: Mapping[str, str],
        unchosen: str,
        *,
        required: str = "",
    ) -> None:
        super().__init__(language, label, options, required=required)
        self.unchosen = unchosen

    def typed(self, values: Sequence[str]) -> str:
        return self.kept(values[0]) if values else ""

    def told(self, value: object) -> str | None:
        return self.typed([value]) if isinstance(value, str) else None

    def schema(self) -> Json:
        return {"type": "string", "enum": self.offered}

    @property
    def wrong(self) -> str:
        return self.gettext("Please choose one of the options.")

    def answer(self, taken: Sequence[str]) -> AttributeValue | None:
        return taken[0] if taken[0] in self.options else None


class Unit(Choice):
    """One of the listed units. A page may name one that is sold."""

    forgiving = ("html", "json")

    def schema(self) -> Json:
        return {
            "type": "string",
            "examples": self.offered,
            "description": "one of the examples; another one is named in the note",
        }


class YesNo(Choice):
    """A question that may also be left unanswered, which a lone checkbox could not tell."""

    def __init__(
        self, language: str, label: str, yes: str, no: str, unchosen: str, *, required: str = ""
    ) -> None:
        options = {"true": yes, "false": no}
        super().__init__(language, label, options, unchosen, required=required)

    def typed(self, values: Sequence[str]) -> str:
        # A hidden "0" before a checkbox is how many frameworks send one that is not ticked.
        words = {value.strip().lower() for value in values}
        understood = "true" if words & _YES else "false" if words & _NO else None
        return super().typed([understood] if understood else values)

    def told(self, value: object) -> str | None:
        return str(value).lower() if isinstance(value, bool) else None

    def schema(self) -> Json:
        return {"type": "boolean"}

    def answer(self, taken: Sequence[str]) -> bool | None:
        return {"true": True, "false": False}.get(taken[0])


class Choices(Offer):
    """Any number of the configured options, as checkboxes."""

    control = "boxes"

    @property
    def nothing(self) -> list[str]:
        return []

    def typed(self, values: Sequence[str]) -> list[str]:
        return list(islice(map(self.kept, filter(None, values)), MAX_LIST))

    def told(self, value: object) -> list[str] | None:
        if not isinstance(value, list) or len(value) > MAX_LIST:
            return None
        return [*map(self.kept, value)] if all(isinstance(item, str) for item in value) else None

    def schema(self) -> Json:
        items = {"type": "string", "enum": self.offered}
        return {"type": "array", "items": items, "maxItems": MAX_LIST}

    @property
    def wrong(self) -> str:
        return self.gettext("Please choose from the options.")

    def answer(self, taken: Sequence[str]) -> list[str] | None:
        return list(dict.fromkeys(value for value in taken if value in self.options)) or None


class Tick(Question):
    """One consent's checkbox. Its wording may have links, of which the label has the words."""

    control = "tick"

    def __init__(
        self, language: str, label: str, wording: Sequence[str | Link], *, required: str = ""
    ) -> None:
        super().__init__(language, label, required=required)
        self.wording = wording

    @property
    def nothing(self) -> bool:
        return False

    def typed(self, values: Sequence[str]) -> bool:
        words = {value.strip().lower() for value in values}
        return bool(words - _NO - {""})

    def told(self, value: object) -> bool | None:
        return value if isinstance(value, bool) else None

    def schema(self) -> Json:
        return {"type": "boolean"}

    def read(self, typed: Typed, channel: Channel) -> Reading:
        return Reading(typed, bool(typed))
