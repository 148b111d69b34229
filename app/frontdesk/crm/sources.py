"""The configured sources of units, ready to be asked."""

import hashlib
import hmac
from typing import Any

from frontdesk.config import Form, Settings
from frontdesk.config.units import FILES
from frontdesk.crm.realpad.units import ProjectUnits, account_of
from frontdesk.units.files import FileUnits
from frontdesk.units.source import Source

_SECRET = {"login", "password"}


def sources(settings: Settings) -> dict[str, Source]:
    """Where the units of forms come from, by form."""
    made = {}
    for slug, form in settings.forms.items():
        if form.unit_source is not None:
            make = _file if form.unit_source.source in FILES else _realpad
            made[slug] = make(form, settings)
    return made


def _file(form: Form, settings: Settings) -> Source:
    section: Any = form.unit_source
    return FileUnits(section, _place(section.model_dump_json(exclude={"every"})), "")


def _realpad(form: Form, settings: Settings) -> Source:
    section: Any = form.unit_source
    known = (settings.destinations[name] for name in form.destinations)
    account = account_of(
        section, next((one.account for one in known if one.type == "realpad"), None)
    )
    by_number = "realpad" in form.crm and form.crm["realpad"].unit_as == "unitid"
    said = section.model_dump_json(exclude={"every", *_SECRET})
    place = _place(account.base_url, said, str(by_number))
    login = hmac.digest(settings.secret_key[0].encode(), repr(account).encode(), "sha256").hex()
    return ProjectUnits(section, account, place, login, by_number=by_number)


def _place(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
