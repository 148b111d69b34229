"""A request as a command for the shell, to send to a CRM's support; the secrets stay out of it."""

import shlex
import unicodedata
from collections.abc import Iterator, Sequence

import msgspec

from frontdesk.cli.printing import STEERING
from frontdesk.model.events import AnyEvent, Outcome, Revocation
from frontdesk.model.exchange import Request
from frontdesk.operations.story import attempts

MISSING = "# What was sent is not in the journal: erased, or from before it was kept; or a mail."
REVOKED = "# A revocation has no more in it than `frontdesk show` says."
LOGIN, PASSWORD, PATH = "LOGIN", "PASSWORD", "PATH"
SIGNED = ("id", "timestamp", "signature")  # the headers of a webhook


def commands(events: Sequence[AnyEvent]) -> Iterator[str]:
    """Each attempt as a command, under when it was made and what was answered.

    A revocation's is told without the command.
    """
    missing = REVOKED if any(isinstance(event, Revocation) for event in events) else MISSING
    for attempt, outcome in attempts(events):
        said = f"# {attempt.at:%Y-%m-%d %H:%M:%S} UTC to {quoted(attempt.destination)}: "
        said += _ending(outcome)
        if attempt.request is None:
            yield f"{said}\n{missing}"
        else:
            yield f"{said}\n{as_curl(attempt.request)}"


def as_curl(request: Request) -> str:
    """One command, for bash and others that know $'…'."""
    url = request.url + PATH if request.credentials == "signed" else request.url
    parts = [f"curl --request {quoted(request.method)} {quoted(url)}"]
    match request.credentials:
        case "basic":
            parts.append(f"--user {LOGIN}:{PASSWORD}")
        case "form":
            parts += [f"--data-urlencode login={LOGIN}", f"--data-urlencode password={PASSWORD}"]
        case "signed":
            parts += [f"--header 'webhook-{name}: {name.upper()}'" for name in SIGNED]
    # A name before the equals sign, so that curl reads no file whose name is the value.
    parts += [f"--data-urlencode {quoted(f'{k}={v}')}" for k, v in request.form.items()]
    if request.json is not None:
        body = msgspec.json.encode(request.json).decode()
        parts += ["--header 'Content-Type: application/json'", f"--data-raw {quoted(body)}"]
    return " \\\n  ".join(parts)


def quoted(text: str) -> str:
    """A text as one word of the shell, on one line; nothing in it steers a terminal."""
    if not any(map(_steers, text)):
        return shlex.quote(text)
    return f"$'{''.join(map(_escaped, text))}'"


def _escaped(character: str) -> str:
    # The first three also for the history of a shell, which knows no escapes.
    if character not in "\\'!" and not _steers(character):
        return character
    # Byte by byte, for shells differ in what they make of \u.
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "replace"))


def _steers(character: str) -> bool:
    return unicodedata.category(character) in (*STEERING, "Zl", "Zp")


def _ending(outcome: Outcome | None) -> str:
    if outcome is None:
        return "no outcome is known"
    if outcome.answer is None:
        return "no answer"
    answer = outcome.answer
    first = next(iter(answer.said.splitlines()), "")[:200]
    # As one word, for zsh takes what is pasted behind a # for a command like any other.
    return f"answered {answer.status} in {answer.seconds} s{f': {quoted(first)}' if first else ''}"
