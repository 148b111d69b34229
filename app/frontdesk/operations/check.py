"""Check what is on our own side: forms, journal, captchas, webhook, proxies.

For CRMs, see accounts.
"""

from collections.abc import Iterator
from contextlib import suppress

from frontdesk import proxies
from frontdesk.config import Settings, listing
from frontdesk.crm.sources import sources
from frontdesk.delivery.destination import Finding
from frontdesk.model.events import utcnow
from frontdesk.store.base import Store
from frontdesk.units import lists
from frontdesk.units.fetcher import ask
from frontdesk.units.rows import counted

SHOWN = 20  # names in a line


def check(store: Store, settings: Settings) -> Iterator[tuple[str, Finding]]:
    """Check each part in turn; yields its name (forms, journal, captcha, …) and a finding.

    Asks captcha providers and sources of units over the network, and keeps what these list.
    """
    # It answers requests, so it takes long to import; no other operation needs it.
    from frontdesk.crm.realgeeks import webhook

    for finding in _forms(settings):
        yield "forms", finding
    for finding in _templates(settings):
        yield "templates", finding
    reason = store.readiness()
    yield "journal", Finding(reason is None, f"{store}: {reason or 'can be written'}")
    if reason is None and (kept := store.durability()) is not None:
        yield "journal", Finding(True, kept)
    for finding in _captchas(store, settings):
        yield "captcha", finding
    for finding in _units(store, settings, keeps=reason is None):
        yield "units", finding
    for finding in webhook.findings(settings):
        yield "webhook", finding
    if proxies.noticed(settings.data_dir, settings.trusted_proxies):
        text = f"{proxies.UNKNOWN}; set it to their number, or nobody has an address"
        yield "proxies", Finding(False, text)


def _forms(settings: Settings) -> Iterator[Finding]:
    """What the folder of forms holds, where there is one."""
    if settings.forms_dir is None:
        return
    try:
        here = listing(settings.forms_dir)
    except OSError as error:
        yield Finding(False, f"{settings.forms_dir}: {error.strerror}")
        return
    yield Finding(True, f"{settings.forms_dir}: {_some(here.forms)}")
    if here.passed_over:
        said = f"{_some(here.passed_over)} passed over: a form's file ends in .toml"
        yield Finding(True, f"{settings.forms_dir}: {said}")


def _templates(settings: Settings) -> Iterator[Finding]:
    """What the folder of templates holds, where there is one."""
    if settings.templates_dir is None:
        return
    # Jinja, which no other operation needs.
    from frontdesk import own_templates
    from frontdesk.crm.mailing import templates as letters
    from frontdesk.intake import own_pages as pages

    folder = settings.templates_dir
    found = [(each, pages.INSTEAD) for each in own_templates.compiled(folder, pages.KIND)]
    own = own_templates.compiled(folder, letters.KIND, letters.environment())
    found += [(each, letters.WAITING) for each in own]
    for each, becomes in found:
        if each.error:
            yield Finding(False, f"{each.error}; {becomes}")
    well = [each.name for each, _ in found if not each.error]
    for name in filter(own_templates.unknown, well):
        said = "no built-in one has this name; it is there only for others that include it"
        yield Finding(True, f"{folder / name}: {said}")
    if not found:
        yield Finding(False, f"{folder}: no template in {pages.KIND}/ or {letters.KIND}/")
    elif well:
        yield Finding(True, f"{folder}: {_some(well)}")


def _some(names: list[str]) -> str:
    """The first of many names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN]) or 'no form'}{more}"


def _captchas(store: Store, settings: Settings) -> Iterator[Finding]:
    from frontdesk.intake.captcha import build  # every provider's library

    for section in settings.captchas:
        captcha = build(section, settings.secret_key, store)
        problem = captcha.diagnose()
        yield Finding(problem is None, f"{captcha.provider}: {problem or 'works'}")


def _units(store: Store, settings: Settings, *, keeps: bool) -> Iterator[Finding]:
    """What the sources of units list, where forms have one; `keeps`: that can be kept."""
    for slug, source in sources(settings).items():
        try:
            known = lists.read(store, slug) if keeps else None
        except OSError as error:
            yield Finding(False, f"{slug}: the list that was kept cannot be read: {error.strerror}")
            continue
        asked = ask(source, known, utcnow())
        if keeps:
            with suppress(OSError):  # the courier may be keeping one at the same moment
                lists.keep(store, slug, asked)
        if asked.trouble:
            yield Finding(False, f"{slug}: its source {asked.trouble}")
            continue
        priced = sum(unit.price is not None for unit in asked.units)
        numbers = f"{len(asked.units)} units, {len(asked.free)} free, {priced} with a price"
        left_out = f"; of no use: {counted(asked.left_out)}" if asked.left_out else ""
        yield Finding(True, f"{slug}: {numbers}{left_out}")
