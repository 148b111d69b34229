"""Questions that the page answers by itself: parameters of its campaigns and tests.

What is wrong with one is not the visitor's to mend, so nothing is refused for it.
"""

from collections.abc import Sequence

from frontdesk.intake.questions.base import MAX_LIST, Channel, Json, Question, Reading, Typed
from frontdesk.intake.questions.choices import Choices
from frontdesk.intake.questions.text import Hint, spelt
from frontdesk.intake.text import clip

KEPT = 500  # characters


def as_text(value: object) -> str:
    """A value as an address or a field of a form carries it; "" for what is none."""
    text = _text(value)
    return clip(text, KEPT) if text else ""


def _text(value: object) -> str | None:
    """A list is written with commas between."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        items = [spelt(item) for item in value[:MAX_LIST]]
        known = [item for item in items if item is not None]
        return ",".join(known) if len(known) == len(items) else None
    return spelt(value)


class Hidden(Hint):
    """An attribute of the page's, read as a visitor's answer would be.

    What does not fit its type is no answer, but named in the note.
    """

    def __init__(self, visible: Question) -> None:
        super().__init__(visible.language, visible.label, KEPT)
        self._visible = visible

    def schema(self) -> Json:
        return {"description": f"what the page says, clipped to {KEPT} characters; else ignored"}

    def typed(self, values: Sequence[str]) -> str:
        return super().typed([",".join(values[:MAX_LIST])] if values else [])

    def told(self, value: object) -> str | None:
        text = _text(value)
        return None if text is None else self.typed([text])

    def read(self, typed: Typed, channel: Channel) -> Reading:
        text, asked = str(typed), self._visible
        values = text.split(",") if isinstance(asked, Choices) else [text]
        by_hand = channel == "operator"
        # On a page, what is not offered is forgiven.
        understood = asked.typed(values)
        if not understood:
            return Reading(text)
        found = asked.read(understood, "operator" if by_hand else "html")
        if by_hand and found.complaint is not None:
            return found._replace(typed=text)
        ignored = found.ignored or found.complaint is not None
        remark = (found.remark or f"{self.label}: {text}") if ignored else None
        return Reading(text, found.answer, remark=remark, ignored=ignored)
