"""Whatever a stranger sends to the inbox is answered, never with 500, and changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from frontdesk import create_app
from frontdesk.inbox.routes import ROUTES
from tests.inbox.people import INBOX
from tests.intake.wild import BODIES, OTHERS, ask, listening, request
from tests.support import FORM, GENERAL

ONE = "0" * 8 + "-0000-4000-8000-" + "0" * 12
PATHS = sorted(
    {
        route.rule.replace("<identity>", ONE).replace("<path:rest>", "a/b").encode()
        for route in ROUTES
    }
)
HILL = FORM.replace("forms.riverside", "forms.hill")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    config: Path = tmp_path_factory.mktemp("wild") / "frontdesk.toml"
    general = GENERAL.replace("{crm}", "http://127.0.0.1:9").replace('"inside"', '"apart"')
    config.write_text("trusted_proxies = 1\n" + general + FORM + HILL + INBOX)
    return create_app(config)


@pytest.fixture(scope="module")
def port(app: Flask) -> Iterator[int]:
    with listening(app) as port:
        yield port


@pytest.mark.parametrize("name", [*BODIES, *OTHERS])
def test_every_route_answers_what_no_client_sends(
    port: int, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    wild = {**BODIES, **OTHERS}[name]
    for number, path in enumerate(PATHS):
        for method in (b"POST", b"GET"):
            address = f"2001:db8:{number}:{[*BODIES, *OTHERS].index(name):x}::1"
            status, came = ask(port, request(method, path, wild, address=address))
            assert 200 <= status < 500, (name, path, came[:200])
    assert not [record for record in caplog.records if record.exc_info], name
