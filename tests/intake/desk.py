"""A reception desk to knock at: configurations, servers, enquiries, and looks at the pages."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import requests
from flask import Flask, Response, request
from itsdangerous import TimestampSigner

from frontdesk import create_app
from frontdesk.intake.token import Tokens
from tests.support import FORM, Site, free_port, journal_lines, serving

SECRET = "a secret of the tests, long enough"
NO_CAPTCHA = 'provider = "none"\nallow_none = true'
UNLIMITED = 'submissions = "10000/minute"\ntokens = "10000/minute"\nfill_time = "0 s"'

ORCHARD = """
[forms.orchard]
title = "Orchard"
destinations = ["crm"]
languages = ["cs", "en"]
phone_region = "SK"
currency = "EUR"
units = ["A.101", "B.202"]
success_url = "https://www.example.com/thanks?from=orchard"
"""

_OPTIONS = """options = [
    { value = "web", label = { en = "Website", cs = "Web" } },
    { value = "friend", label = { en = "A friend", cs = "Od známého" } },
]"""

ATTRIBUTES = {
    "has_pets": "boolean",
    "nickname": "string",
    "household": "integer",
    "share": "decimal",
    "move_in": "date",
    "heard_from": "select",
    "channels": "multiselect",
}

ORCHARD += "".join(
    f"""
[[forms.orchard.attributes]]
key = "{key}"
type = "{kind}"
label = {{ en = "{key}", cs = "{key} cs" }}
required = {str(key == "heard_from").lower()}
{_OPTIONS if "select" in kind else ""}
"""
    for key, kind in ATTRIBUTES.items()
)

HASTY = """
[forms.hasty]
title = "A form that takes an hour to fill in"
destinations = ["crm"]
[forms.hasty.limits]
fill_time = "1 hour"
"""

# A complete HTML enquiry for the form of tests.support, but for its token.
FILLED: dict[str, Any] = {
    "first_name": "Jana",
    "last_name": "Nováková",
    "email": "jana@example.com",
    "phone": "777 123 456",
    "unit": "A.101",
    "rooms": ["2+kk", "3+kk"],
    "price_max": "8 500 000",
    "note": "Is there a cellar?\r\nAnd a lift?",
    "consent_2": "y",
}


def configuration(
    *, top: str = "", limits: str = UNLIMITED, captcha: str = NO_CAPTCHA, forms: str = FORM
) -> str:
    """A frontdesk.toml whose submissions stay in the journal: nobody delivers them."""
    key = "" if "secret_key" in top else f'secret_key = "{SECRET}"'
    return f"""
{top}
{key}
[limits]
{limits}
[captcha]
{captcha}
[delivery]
courier = "apart"
[destinations.crm]
type = "realpad"
login = "nobody"
password = "nothing"
{forms}
"""


@contextmanager
def running_desk(folder: Path, **changes: str) -> Iterator[Site]:
    """Serve an app whose configuration lies in a folder; the changes are configuration()'s."""
    path = folder / "frontdesk.toml"
    path.write_text(configuration(**changes), encoding="utf-8")
    with serving(create_app(path)) as site:
        yield site


def submit(site: Site, form: str = "riverside", **changes: Any) -> requests.Response:
    """Send the complete enquiry as a browser would; a change to None leaves a field out."""
    headers = changes.pop("headers", {})
    path = changes.pop("path", f"/forms/{form}")
    token = changes.pop("token", None)
    if token is None:
        token = forge_token(form)
    fields = {**FILLED, "token": token, **changes}
    fields = {key: value for key, value in fields.items() if value is not None}
    return site.post(path, data=fields, headers={"Accept": "text/html", **headers})


def forge_token(
    form: str = "riverside", *, secret: str = SECRET, age: int = 0, renewed: bool = False
) -> str:
    """A form token that is so many seconds old, signed like our own."""

    class Aged(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time()) - age

    tokens = Tokens([secret])
    tokens._serializer.signer = Aged
    return tokens.issue(form, renewed=renewed)


def journal_of(site: Site) -> Path:
    directory: Path = site.app.extensions["frontdesk"].intake.store.journal.directory
    return directory


def events_of(site: Site, submission: str) -> list[dict[str, Any]]:
    """The journal's lines about a submission."""
    return [line for line in journal_lines(journal_of(site)) if line["id"] == submission]


def received(site: Site, answer: requests.Response) -> dict[str, Any]:
    """The journal's `received` line of an accepted enquiry, from either channel."""
    assert answer.status_code in (202, 303), answer.text
    if answer.status_code == 202:
        submission = answer.json()["id"]
    else:
        submission = answer.headers["Location"].rpartition("id=")[2]
    lines = [line for line in events_of(site, submission) if line["event"] == "received"]
    assert lines, "acknowledged, but not in the journal"
    return lines[0]


def lead_of(site: Site, answer: requests.Response) -> dict[str, Any]:
    lead: dict[str, Any] = received(site, answer)["lead"]
    return lead


def errors_of(answer: requests.Response, status: int = 422) -> dict[str, list[str]]:
    """The field errors of a problem document."""
    problem = problem_of(answer, status)
    errors: dict[str, list[str]] = problem.get("errors", {})
    return errors


def problem_of(answer: requests.Response, status: int) -> dict[str, Any]:
    """A problem document (RFC 9457), checked for its form."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    return problem


class Page(HTMLParser):
    """A page's controls with their values, its texts by id, and what it links to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.controls: dict[str, list[dict[str, str | None]]] = {}
        self.texts: dict[str, str] = {}
        self.links: list[str] = []
        self.language = ""
        self.action: str | None = None
        self._ids: list[tuple[str, str]] = []  # open elements with an id
        self._textarea: dict[str, str | None] | None = None
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "html":
            self.language = found.get("lang") or ""
        if tag == "form":
            self.action = found.get("action")
        for name in ("href", "src"):
            link = found.get(name)
            if link and not link.startswith("#"):
                self.links.append(link)
        identity = found.get("id")
        if identity:
            self.texts.setdefault(identity, "")
            self._ids.append((tag, identity))
        control = found.get("name")
        if tag in ("input", "textarea", "select") and control:
            self.controls.setdefault(control, []).append({"tag": tag, **found})
            if tag == "textarea":
                self._textarea = self.controls[control][-1]
                self._textarea["value"] = ""
            if tag == "select":
                self._select = control
        if tag == "option":
            chosen = self.controls[self._select][-1]
            if "selected" in found or chosen.get("value") is None:
                chosen["value"] = found.get("value")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea is not None:
            text = (self._textarea["value"] or "").replace("\r\n", "\n")
            self._textarea["value"] = text.removeprefix("\n")
            self._textarea = None
        for index in range(len(self._ids) - 1, -1, -1):
            if self._ids[index][0] == tag:
                del self._ids[index:]
                break

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea["value"] = f"{self._textarea['value']}{data}"
        for _, identity in self._ids:
            self.texts[identity] += data

    def value(self, name: str) -> str | None:
        """What a text control or a select holds."""
        return self.controls[name][0].get("value")

    def ticked(self, name: str) -> list[str | None]:
        """The values of the ticked checkboxes of this name."""
        return [box.get("value") for box in self.controls[name] if "checked" in box]

    def error(self, name: str) -> str:
        """The message at a field."""
        return self.texts[f"{name}-error"].strip()

    def invalid(self) -> set[str]:
        """The names of the controls that are marked as invalid."""
        return {
            name
            for name, boxes in self.controls.items()
            if any(box.get("aria-invalid") == "true" for box in boxes)
        }


def page_of(answer: requests.Response, status: int) -> Page:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("text/html")
    return Page(answer.text)


def held(site: Site, answer: requests.Response) -> bool:
    """Whether the enquiry that was taken with this answer waits for a person."""
    lines = events_of(site, received(site, answer)["id"])
    return "held" in [line["event"] for line in lines]


def nobody_listens() -> str:
    """The address of a port that refuses connections."""
    return f"http://127.0.0.1:{free_port()}"


def preflight(site: Site, path: str, headers: Mapping[str, str]) -> requests.Response:
    return requests.options(site.url + path, headers=dict(headers), timeout=30)


def proxy(target: str, prefix: str) -> Flask:
    """A reverse proxy that strips a prefix and says nothing of it to whom it asks."""
    app = Flask("proxy", static_folder=None)

    @app.route(f"{prefix}/<path:path>", methods=["GET", "POST"])
    def forward(path: str) -> Response:
        answer = requests.request(
            request.method,
            f"{target}/{path}",
            params=request.query_string,
            data=request.get_data(),
            headers={k: v for k, v in request.headers if k in ("Content-Type", "Accept")},
            allow_redirects=False,
            timeout=30,
        )
        passed = {k: v for k, v in answer.headers.items() if k in ("Content-Type", "Location")}
        return Response(answer.content, answer.status_code, passed)

    return app


def label(value: object) -> str:
    """A short id for a value that a test is given."""
    return ascii(value)[:48]
