"""Real servers on different sites."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_sandbox
from tests.embedding.landing import Landing, World, elsewhere
from tests.support import FORM, GENERAL, HIDDEN, open_app, serving

MORE_FORMS = """
[forms.checked]
title = "Checked by a captcha"
destinations = ["crm"]
units = ["A.101", "B.202"]
allowed_origins = ["{landing}"]
success_url = "{landing}/arrived?from=configuration"

[forms.checked.captcha]
provider = "altcha"

[forms.nested]
title = "In a frame of another origin"
destinations = ["crm"]
allowed_origins = ["{landing}", "{stranger}"]

[forms.nested.realpad]
project = 1234

[[forms.nested.consents]]
id = 2
label = "I agree to the processing of my data."
required = true

[forms.closed]
title = "For nobody else"
destinations = ["crm"]
"""


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Forms on 127.0.0.1, landing pages on localhost: two sites, as browsers see it."""
    path = tmp_path_factory.mktemp("leads") / "frontdesk.toml"
    landing = Landing()
    with ExitStack() as running:
        crm = running.enter_context(serve_sandbox(create_sandbox())).url
        landing.url = elsewhere(running.enter_context(serving(landing.app)).url)
        stranger = elsewhere(running.enter_context(serving(landing.app)).url)
        forms = FORM.replace("https://riverside.example.com", landing.url) + HIDDEN
        path.write_text(
            GENERAL.replace("{crm}", crm)
            + forms
            + MORE_FORMS.replace("{landing}", landing.url).replace("{stranger}", stranger),
            encoding="utf-8",
        )
        leads = running.enter_context(serving(open_app(path)))
        landing.allow(leads.url)
        yield World(leads, landing, stranger, crm)


@pytest.fixture
def landing(world: World) -> Landing:
    world.landing.pages.clear()
    world.landing.allow(world.leads.url)
    return world.landing
