"""A form with everything, for all tests of this folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest
from playwright.sync_api import Page

from frontdesk import create_app
from frontdesk.config import load
from frontdesk.crm.sources import sources
from frontdesk.data_dir import open_store
from frontdesk.kinds import KINDS
from frontdesk.model.events import utcnow
from frontdesk.model.units import PriceList
from frontdesk.units import lists
from tests.browser.house import FORMS, LIST, House, brief, form, priced, valuation
from tests.embedding.landing import Landing, elsewhere
from tests.support import GENERAL, serving


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Forms on 127.0.0.1, landing pages on localhost; nobody delivers what is sent."""
    path = tmp_path_factory.mktemp("house") / "frontdesk.toml"
    landing = Landing()
    with ExitStack() as running:
        landing.url = elsewhere(running.enter_context(serving(landing.app)).url)
        general = GENERAL.replace("{crm}", "http://127.0.0.1:9").replace('"inside"', '"apart"')
        forms = [form(slug, origin=landing.url, captcha=captcha) for slug, captcha in FORMS.items()]
        forms.append(valuation("worth", origin=landing.url, captcha=FORMS["full"]))
        forms.append(brief("brief", origin=landing.url))
        forms.append(priced("priced", origin=landing.url, captcha=FORMS["full"]))
        path.write_text(general + "".join(forms), encoding="utf-8")
        settings = load(path, KINDS)
        store = open_store(settings)
        place = sources(settings)["priced"].place
        lists.keep(store, "priced", PriceList(place, "", LIST, at=utcnow()))
        leads = running.enter_context(serving(create_app(path)))
        landing.allow(leads.url)
        yield House(leads, landing)


@pytest.fixture
def open_page(open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Open pages whose requests the tests cut off, and ones that are not there."""
    return partial(open_page, expect=("ERR_FAILED", "status of 404"))
