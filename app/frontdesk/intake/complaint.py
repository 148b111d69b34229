"""What is said of a field that is wrong, with a code by which such mistakes are counted."""

from typing import Literal

Code = Literal[
    "missing",
    "no_contact",  # neither an email address nor a telephone number
    "invalid",
    "too_long",
    "out_of_range",
    "several",
    "ambiguous",
    "currency",
    "not_offered",
    "unreadable",
    "stale",
    "wrong_type",
    "unknown",  # the form has no such field
]


class Complaint(str):
    """A message in the visitor's words; the code is the same in every language."""

    __slots__ = ("code",)
    code: Code

    def __new__(cls, code: Code, text: str) -> "Complaint":
        made = super().__new__(cls, text)
        made.code = code
        return made


def code_of(message: str) -> Code:
    """The code of a message."""
    return message.code if isinstance(message, Complaint) else "invalid"
