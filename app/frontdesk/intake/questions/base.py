"""What all kinds of question have in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

from babel.numbers import format_decimal

from frontdesk.i18n import catalogue
from frontdesk.intake.complaint import Complaint
from frontdesk.model.lead import AttributeValue, Attribution

MAX_LIST = 200  # entries of a list

Json = Mapping[str, Any]
Attributes = Mapping[str, Any]  # of an HTML element
Typed = str | list[str] | bool  # what a field of a page holds
Channel = Literal["html", "json", "operator"]  # who answers for what is wrong: see choices.py


class Reading(NamedTuple):
    """What was understood of an answer.

    `typed`: what stands in the field when the form comes back. `answer`: what goes into the
    submission. `remark`: what the answer cannot say, for the note. `ignored`: the form does not
    know it.
    """

    typed: Typed
    answer: AttributeValue | Attribution | None = None
    complaint: Complaint | None = None
    remark: str | None = None
    ignored: bool = False


class Question(ABC):
    """One question of a form in one language; it keeps nothing of an answer."""

    control: ClassVar[Literal["line", "lines", "select", "boxes", "tick"]] = "line"
    of_page: ClassVar[bool] = False  # the page answers, whose mistakes its visitor cannot mend

    def __init__(
        self, language: str, label: str, *, required: str = "", render: Attributes | None = None
    ) -> None:
        """`required`: what is said without an answer. `render`: of its element, see `keyboard`."""
        self.language = language
        self.label = label
        self.required = required
        self.render = render or {}
        self.gettext = catalogue(language).gettext
        self.ngettext = catalogue(language).ngettext

    @property
    def nothing(self) -> Typed:
        """What is typed where nothing is."""
        return ""

    @abstractmethod
    def typed(self, values: Sequence[str]) -> Typed:
        """What a browser sends, cleaned."""

    @abstractmethod
    def told(self, value: object) -> Typed | None:
        """A value in JSON as it would have been typed; None when it is of the wrong type."""

    @abstractmethod
    def read(self, typed: Typed, channel: Channel) -> Reading:
        """Check an answer that is not empty, and understand it."""

    def shown(self, reading: Reading) -> Typed:
        """What stands in its field when the form comes back for something else."""
        return reading.typed

    @abstractmethod
    def schema(self) -> Json:
        """JSON Schema of what `told` takes and `read` understands."""

    def written(self, number: float) -> str:
        """A number as it is written in the visitor's language."""
        return format_decimal(number, locale=self.language)


def wrong(typed: Typed, code: Any, said: str) -> Reading:
    """An answer that the visitor is asked to mend."""
    return Reading(typed, complaint=Complaint(code, said))
