"""Why a submission is held: codes for programs, and what each says to people, in English."""

from typing import Final, Literal

Hold = Literal[
    "trapped",
    "hasty",
    "clocks",
    "captcha_blocked",
    "captcha_busy",
    "captcha_unavailable",
    "old",
    "incomplete",
    "unreadable",
]
# It goes as soon as another message about the same lead has a contact.
INCOMPLETE: Final = "incomplete"
HOLDS: Final[dict[Hold, str]] = {
    "trapped": "spam suspected: the hidden field was filled in",
    "hasty": "spam suspected: sent faster than a person can type",
    "clocks": "clocks differ: the form comes from a server whose clock is far ahead",
    "captcha_blocked": "the captcha was blocked in the visitor's browser",
    "captcha_busy": "too many enquiries at once to ask the captcha provider about each",
    "captcha_unavailable": "the captcha provider could not be asked",
    "old": "a message of {day:%Y-%m-%d}, which is too old to be passed on unseen",
    INCOMPLETE: "neither an email address nor a telephone number is known",
    "unreadable": "a part of the message could not be read",
}
