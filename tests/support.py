"""What tests are made of: configurations, an enquiry, and looks at what came of it."""

import itertools
import os
import random
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import requests
from flask import Flask
from playwright.sync_api import Error, Locator, Page, expect
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.serving import WSGIRequestHandler, make_server

from frontdesk import create_app
from frontdesk.config import Settings
from frontdesk.delivery.courier import Intervals
from frontdesk.delivery.matching import marks
from frontdesk.model.lead import Lead
from frontdesk.model.ledger import Ledger
from frontdesk.store.files.lines import Line
from frontdesk.store.files.segments import Journal

# Seconds until what was to happen is given up. Only a test that fails takes them, so there are
# many: a machine that is busy with something else is slow, and not wrong.
PATIENCE = 60.0

FORM = """
[forms.riverside]
title = { en = "Riverside Residences", cs = "Rezidence U řeky" }
destinations = ["crm"]
languages = ["en", "cs"]
phone_region = "CZ"
currency = "CZK"
rooms = ["1+kk", "2+kk", "3+kk", "4+kk"]
allowed_origins = ["https://riverside.example.com"]

[forms.riverside.realpad]
project = 1234
referral = 77
campaign = "web"
tags = ["web"]

[[forms.riverside.consents]]
id = 2
label = { en = "I agree to the processing of my data.", cs = "Souhlasím se zpracováním údajů." }
required = true

[[forms.riverside.consents]]
id = 1
label = { en = "Send me news.", cs = "Posílejte mi novinky." }
"""

# A parameter of the page's, one of those that the sandbox knows.
HIDDEN = """
[[forms.riverside.attributes]]
key = "customer_ab_test_param"
type = "select"
hidden = true
options = [{ value = "1", label = "Green button" }, { value = "2", label = "Blue button" }]
"""

GENERAL = """
data_dir = "var"
secret_key = "a secret of the tests, long enough"

[limits]
submissions = "1000/minute"
tokens = "1000/minute"
fill_time = "0 s"

[captcha]
provider = "none"
allow_none = true

[delivery]
courier = "inside"
retry_first = "50 ms"
retry_longest = "200 ms"
same_within = "0 s"

[destinations.crm]
type = "realpad"
base_url = "{crm}/ws/v10/"
login = "sandbox"
password = "sandbox"
read_timeout = "20 s"
connect_timeout = "5 s"
"""

GEEKS = """
[destinations.geeks]
type = "realgeeks"
base_url = "{geeks}/rest"
username = "sandbox"
password = "sandbox"
site_uuid = "6e5f0a4c-6f0f-4a55-9f57-0d7b6a6e2c11"
read_timeout = "20 s"
connect_timeout = "5 s"
"""
NOWHERE = "http://127.0.0.1:9"  # where nobody listens; nor is anybody asked


def accounts(crm: str = NOWHERE, geeks: str = NOWHERE) -> str:
    """What a configuration has beside its forms, with an account of either CRM."""
    return GENERAL.replace("{crm}", crm) + GEEKS.replace("{geeks}", geeks)


def small_form(slug: str, *lines: str, to: Sequence[str] = ("crm",)) -> str:
    """A form with what it must have; `lines` go on from there."""
    told = ('realgeeks.source = "web"',) if "geeks" in to else ()
    head = (f"[forms.{slug}]", f'title = "{slug.title()}"', f"destinations = {[*to]}")
    return "\n".join(("", *head, *told, *lines, ""))


def attribute(
    key: str, kind: str = "string", *lines: str, label: str = "", form: str = "riverside"
) -> str:
    """A question of a form's own; `lines`: what else is said of it."""
    keys = (f'key = "{key}"', f'type = "{kind}"', f'label = "{label or key.title()}"')
    return "\n".join(("", f"[[forms.{form}.attributes]]", *keys, *lines, ""))


REAL_GEEKS = (
    GEEKS
    + """
[forms.riverside.realgeeks]
source = "riverside.example.com"
tags = ["web"]
"""
)
FLOOR = attribute("floor", "integer")
# A small puzzle, as in real use.
ALTCHA = """
[forms.riverside.captcha]
provider = "altcha"
cost = 1000
counter = 10
"""


def with_real_geeks(geeks: str, form: str = FORM) -> str:
    """A form that delivers to Real Geeks too."""
    both = form.replace('destinations = ["crm"]', 'destinations = ["crm", "geeks"]')
    return both + REAL_GEEKS.replace("{geeks}", geeks)


# A complete JSON enquiry but for its token.
ENQUIRY: dict[str, Any] = {
    "first_name": "Jana",
    "last_name": "Nováková",
    "email": "jana@example.com",
    "phone": "777 123 456",
    "unit": "A.101",
    "rooms": ["2+kk", "3+kk"],
    "price_max": "8 500 000",
    "note": "Is there a cellar?",
    "consents": [2],
}


METRICS_TOKEN = "token-of-the-tests"
METRICS = f'''
[metrics]
token = "{METRICS_TOKEN}"
'''


# Nobody waits here for what is rare elsewhere: a fork, a courier that dies, a full disk.
BRISK = Intervals(hesitation=0.0, election=0.03, poll=0.03, unwritable=0.03)


def open_app(config: Path | Settings) -> Flask:
    """The stand-alone app; its courier, if it is inside, is a brisk one."""
    return create_app(config, intervals=BRISK)


class Site:
    """An app that really serves HTTP."""

    def __init__(self, app: Flask, url: str) -> None:
        self.app = app
        self.url = url

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=30, allow_redirects=False, **kwargs)

    def post(self, path: str, **kwargs: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=30, allow_redirects=False, **kwargs)

    def metrics(self) -> "Samples":
        return scrape(self.url)

    def token(self, form: str = "riverside") -> str:
        token: str = self.get(f"/forms/{form}/token").json()["token"]
        return token

    def enquire(self, form: str = "riverside", **changes: Any) -> requests.Response:
        """Send the complete enquiry as JSON; a change to None leaves a key out."""
        body = {**ENQUIRY, "token": self.token(form), **changes}
        body = {key: value for key, value in body.items() if value is not None}
        return self.post(f"/forms/{form}", json=body)


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        """Tests have enough to say."""


class QuietServer(ThreadingHTTPServer):
    """Says nothing of clients that hang up, as many tests let them."""

    def handle_error(self, *_: object) -> None:
        """Writing a traceback parses the source, which CPython 3.11 can do once at a time only."""


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[Site]:
    """Serve an app over HTTP, on any free port unless one is named."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield Site(app, f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        if "frontdesk" in app.extensions:
            app.extensions["frontdesk"].close()


# Ports that are asked for by number lie below those that the kernel gives out by itself, and each
# worker of pytest-xdist has its own: nobody can take one between a look and its use.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = range(12_000 + _WORKER % 10 * 2_000, 14_000 + _WORKER % 10 * 2_000, 10)
_turn = itertools.count(random.randrange(len(_PORTS)))  # two runs on one machine rarely meet


def free_port() -> int:
    """A port that nobody listens on, and that no other test is given."""
    return free_block(1)


def free_block(length: int) -> int:
    """The first of up to ten such ports in a row."""
    for _ in _PORTS:
        first = _PORTS[next(_turn) % len(_PORTS)]
        if all(_is_free(port) for port in range(first, first + length)):
            return first
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def ready(url: str) -> bool:
    """Whether an address answers, and well."""
    try:
        return requests.get(url, timeout=30).status_code == 200
    except requests.RequestException:
        return False


class Samples:
    """What Prometheus has read."""

    def __init__(self, text: str) -> None:
        self.families = list(text_string_to_metric_families(text))

    def __call__(self, name: str, **labels: str) -> float:
        """The sum of all samples of this name with at least these labels."""
        found = [
            sample.value
            for family in self.families
            for sample in family.samples
            if sample.name == f"frontdesk_{name}" and labels.items() <= sample.labels.items()
        ]
        assert found, f"no frontdesk_{name} with {labels}"
        return sum(found)


def scrape(url: str) -> Samples:
    """Read a site's metrics as Prometheus does."""
    bearer = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    answer = requests.get(f"{url}/metrics", headers=bearer, timeout=30)
    assert answer.status_code == 200, answer.text
    return Samples(answer.text)


def leads(crm: str, what: str = "leads") -> list[dict[str, Any]]:
    """The leads, or customers, that the sandbox has stored, oldest first."""
    found: list[dict[str, Any]] = requests.get(f"{crm}/_sandbox/{what}", timeout=30).json()
    return found


def journal_lines(directory: Path) -> list[dict[str, Any]]:
    """Every line of a journal about submissions and accounts, parsed as plain JSON.

    The counts of what was refused are left out: processes write them when they like.

    A process that opens a segment while another is in the middle of a write takes the line for
    torn and puts a line feed before its own: an empty line, which says nothing. A last line that
    somebody is still writing is left out.
    """
    lines = [
        msgspec.json.decode(line)
        for path in sorted(directory.glob("*.jsonl"))
        for line in path.read_bytes().split(b"\n")[:-1]
        if line
    ]
    return [line for line in lines if line["event"] != "refused"]


def refused(directory: Path) -> Counter[str]:
    """What a journal says was refused: by form and reason, and by form, field and reason."""
    ledger = Ledger()
    for line in Journal(directory).read():
        if isinstance(line, Line):
            ledger.apply(line.event)
    return Counter(
        {
            " ".join(filter(None, (one.form, one.field, one.reason))): one.times
            for form, refusals in ledger.refusals.total.items()
            for one in refusals.counts(form)
        }
    )


def eventually(check: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until a check gives something true, and return that."""
    deadline, pause = time.monotonic() + seconds, 0.01
    while not (result := check()):
        if time.monotonic() > deadline:
            raise AssertionError(f"still not so after {seconds} s")
        time.sleep(pause)
        pause = min(0.25, pause * 1.1)  # looking costs time too
    return result


def tick(box: Locator) -> None:
    """Tick a checkbox by its key; a click may meet what stood there before a frame moved."""
    if not box.is_checked():
        box.press("Space")
    expect(box).to_be_checked()


def until(page: Page, script: str) -> Any:
    """Wait until a script of a page gives something true, and return that.

    Playwright's own `wait_for_function` evaluates texts, which the policy of our pages forbids: it
    works as long as it need not look twice.
    """

    def given() -> Any:
        try:
            return page.evaluate(script)
        except Error:  # the page has just given way to another
            return None

    return eventually(given)


# -- events of a journal, and a sandbox CRM that can be told to misbehave ----------------------


def alike(one: Lead, other: Lead) -> bool:
    """Whether a CRM, or its list, may take one lead for the other."""
    return not marks(one).isdisjoint(marks(other))


def fault(crm: str, kind: str, **options: Any) -> None:
    """Switch on one of the sandbox's misbehaviours."""
    url = f"{crm}/_sandbox/faults"
    response = requests.post(url, json={"fault": kind, **options}, timeout=30)
    assert response.status_code == 204, response.text


def mend(crm: str) -> None:
    """Switch the sandbox's misbehaviours off."""
    assert requests.delete(f"{crm}/_sandbox/faults", timeout=30).status_code == 204


def calls(crm: str) -> list[tuple[str, Any]]:
    """Every request that the sandbox got: endpoint and how it was answered."""
    found = requests.get(f"{crm}/_sandbox/requests", timeout=30).json()
    return [(call["endpoint"], call["status"]) for call in found]


@contextmanager
def raw_server(
    answer: Callable[[socket.socket], None], context: ssl.SSLContext | None = None
) -> Iterator[str]:
    """A server that reads a request and lets `answer` do what it wants with the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def work() -> None:
            connection, _ = server.accept()
            with connection:
                if context is None:
                    connection.recv(65536)
                    answer(connection)
                    return
                try:
                    secured = context.wrap_socket(connection, server_side=True)
                except OSError:  # the client does not trust it
                    return
                with secured:
                    secured.recv(65536)
                    answer(secured)

        thread = threading.Thread(target=work)
        thread.start()
        scheme = "https" if context else "http"
        yield f"{scheme}://localhost:{server.getsockname()[1]}"
        thread.join()
