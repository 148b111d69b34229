"""A receiver of webhooks, and sites that send to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from frontdesk.sandbox.serving import serve_sandbox
from tests.cli.conftest import Desk
from tests.crm.webhook.receiver import create_receiver
from tests.support import Site, open_app


@pytest.fixture
def receiver() -> Iterator[str]:
    """The address of a receiver."""
    with serve_sandbox(create_receiver()) as served:
        yield served.url


@pytest.fixture
def open_desk(
    write_config: Callable[..., Path], serve: Callable[[Flask], Site], crm: str
) -> Callable[[str], Desk]:
    """Open a site; what it is given are its forms, and the destinations besides the CRM."""

    def opened(text: str) -> Desk:
        config = write_config(text)
        return Desk(config, serve(open_app(config)), crm)

    return opened
