"""Answers that the page gives by itself: parameters of its campaigns and tests.

What is wrong with one is not the visitor's to mend, so nothing is refused for it.
"""

import copy
from collections.abc import Sequence
from typing import Any

from wtforms.validators import StopValidation, ValidationError

from frontdesk.intake.choices import Choices
from frontdesk.intake.fields import MAX_LIST, Hint, Json
from frontdesk.intake.text import clip
from frontdesk.model.lead import AttributeValue

KEPT = 500  # characters


def as_text(value: object) -> str:
    """A value as an address or a field of a form carries it; "" for what is none."""
    values = Hidden.from_json(value)
    return clip(values[0], KEPT) if values else ""


class Hidden(Hint):
    """An attribute of the page's, read by a field as a visitor's answer would be.

    What does not fit its type is no answer, but named in the note.
    """

    ignored = False
    remark: str | None = None
    _answer: AttributeValue | None = None

    def __init__(self, label: str, visible: Any, **kwargs: Any) -> None:
        super().__init__(label, KEPT, **kwargs)
        self._visible = visible  # a field of no form yet

    def json_schema(self) -> Json:
        return {"description": f"what the page says, clipped to {KEPT} characters; else ignored"}

    @staticmethod
    def from_json(value: object) -> list[str] | None:
        """A list is written with commas between."""
        if isinstance(value, bool):
            return ["true" if value else "false"]
        if isinstance(value, list):
            items = [Hint.from_json(item) for item in value[:MAX_LIST]]
            return [",".join(item[0] for item in items if item)] if all(items) else None
        return Hint.from_json(value)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        super().process_formdata([",".join(map(str, valuelist[:MAX_LIST]))] if valuelist else [])

    def pre_validate(self, form: object) -> None:
        if not self.data:
            return
        meta: Any = copy.copy(self.meta)
        by_hand = meta.channel == "operator"
        meta.channel = meta.channel if by_hand else "html"  # where what is not offered is forgiven
        spoken = meta.get_translations(form)
        field = self._visible.bind(form=None, name=self.name, _meta=meta, translations=spoken)
        field.process_formdata(self.data.split(",") if isinstance(field, Choices) else [self.data])
        try:
            field.pre_validate(form)
        except (StopValidation, ValidationError):
            if by_hand:
                raise
            self.ignored = True
        else:
            self.ignored = getattr(field, "ignored", False)
            self._answer = field.answer
        if self.ignored:
            self.remark = field.remark or f"{self.label.text}: {self.data}"

    @property
    def answer(self) -> AttributeValue | None:
        return self._answer
