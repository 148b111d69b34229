"""Fields with something to choose from.

What a visitor chose and the form does not offer (any more) is the page's mistake, which the visitor
cannot mend: it is no answer, but named in the note. Who can mend it is told: programmers, who send
JSON, and operators. Units come and go, so that for them only operators are.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar

from markupsafe import Markup
from wtforms import BooleanField, SelectField, SelectMultipleField
from wtforms.fields.choices import Choice as Option  # type: ignore[attr-defined]
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from frontdesk.config.links import Link
from frontdesk.intake.complaint import Complaint
from frontdesk.intake.fields import MAX_LIST, Json, Text
from frontdesk.intake.text import clip
from frontdesk.model.lead import AttributeValue

UNKNOWN = 5  # such values of a field, and of each
UNKNOWN_LENGTH = 200  # characters are kept
# What checkboxes and programs send, in no language of people.
_YES = frozenset({"true", "on", "yes", "1", "y", "t"})
_NO = frozenset({"false", "off", "no", "0", "n", "f"})


class Offer(SelectField):
    """A field with options."""

    forgiving: ClassVar[tuple[str, ...]] = ("html",)  # channels
    offered: list[str]

    def taken(self) -> list[str]:
        """What was chosen."""
        data = self.data or []
        return [data] if isinstance(data, str) else data

    @property
    def unknown(self) -> list[str]:
        """Of that, what the form does not offer."""
        return [value for value in self.taken() if value not in self.offered]

    @property
    def ignored(self) -> bool:
        return bool(self.unknown) and self.meta.channel in self.forgiving

    @property
    def remark(self) -> str | None:
        """For the note, because no other place has it."""
        label = str(self.label.text)
        between = "" if label.endswith(("?", ":")) else ":"
        return f"{label}{between} {', '.join(self.unknown)}" if self.ignored else None

    def iter_choices(self) -> Any:
        # So that nothing is lost where the form comes back for something else.
        more = [Option(value, value, selected=True, render_kw={}) for value in self.unknown]
        return [*super().iter_choices(), *more]

    def cleaned(self, values: Iterable[str]) -> list[str]:
        """The values, of which those that are not offered say what they like."""
        kept = (v if v in self.offered else clip(v, UNKNOWN_LENGTH) for v in map(str, values))
        return list(islice(filter(None, kept), MAX_LIST))


class Choice(Offer):
    """One of the configured options, or none of them, which `nothing` stands for."""

    def __call__(self, **kwargs: object) -> Markup:
        return super().__call__(**{"autocomplete": "off", **kwargs})

    def __init__(self, label: str, options: Mapping[str, str], nothing: str, **kwargs: Any) -> None:
        listed: Any = {"": nothing, **options}
        super().__init__(label, choices=listed, **kwargs)
        self.offered = list(options)

    def json_schema(self) -> Json:
        return {"type": "string", "enum": self.offered}

    from_json = staticmethod(Text.from_json)

    def process_data(self, value: object) -> None:
        self.process_formdata([value] if value else [])

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = next(iter(self.cleaned(valuelist[:1])), "")

    def pre_validate(self, form: object) -> None:
        if self.unknown and not self.ignored:
            said = self.gettext("Please choose one of the options.")
            raise ValidationError(Complaint("not_offered", said))

    @property
    def answer(self) -> AttributeValue | None:
        return self.data if self.data in self.offered else None


class Unit(Choice):
    """One of the listed units. A page may name one that is sold."""

    forgiving = ("html", "json")

    def json_schema(self) -> Json:
        return {
            "type": "string",
            "examples": self.offered,
            "description": "one of the examples; another one is named in the note",
        }


class YesNo(Choice):
    """A question that may also be left unanswered, which a lone checkbox could not tell."""

    def __init__(self, label: str, yes: str, no: str, nothing: str, **kwargs: Any) -> None:
        super().__init__(label, {"true": yes, "false": no}, nothing, **kwargs)

    def json_schema(self) -> Json:
        return {"type": "boolean"}

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        return [str(value).lower()] if isinstance(value, bool) else None

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        # A hidden "0" before a checkbox is how many frameworks send one that is not ticked.
        words = {str(value).strip().lower() for value in valuelist}
        understood = "true" if words & _YES else "false" if words & _NO else None
        super().process_formdata([understood] if understood else valuelist)

    @property
    def answer(self) -> AttributeValue | None:
        return {"true": True, "false": False}.get(self.data)


class Choices(Offer, SelectMultipleField):
    """Any number of the configured options, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: str, options: Mapping[str, str], **kwargs: Any) -> None:
        listed: Any = dict(options)
        super().__init__(label, choices=listed, **kwargs)
        self.offered = list(options)

    def json_schema(self) -> Json:
        items = {"type": "string", "enum": self.offered}
        return {"type": "array", "items": items, "maxItems": MAX_LIST}

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        return None

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        self.data = self.cleaned(valuelist) if self.meta.channel == "html" else list(valuelist)

    @property
    def unknown(self) -> list[str]:
        return super().unknown[:UNKNOWN]

    def pre_validate(self, form: object) -> None:
        if self.unknown and not self.ignored:
            said = self.gettext("Please choose from the options.")
            raise ValidationError(Complaint("not_offered", said))

    @property
    def answer(self) -> AttributeValue | None:
        chosen = [value for value in self.taken() if value in self.offered]
        return list(dict.fromkeys(chosen)) or None


class Tick(BooleanField):
    """One consent's checkbox. Its wording may have links, of which the label has the words."""

    def __init__(self, label: str, wording: Sequence[str | Link], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.wording = wording

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        words = {str(value).strip().lower() for value in valuelist}
        self.data = bool(words - _NO - {""})
