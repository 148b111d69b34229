"""Check what is on our own side: journal, captchas, webhook, proxies. For CRMs, see accounts."""

from collections.abc import Iterator

from frontdesk import proxies
from frontdesk.config import Settings
from frontdesk.delivery.destination import Finding
from frontdesk.store.base import Store


def check(store: Store, settings: Settings) -> Iterator[tuple[str, Finding]]:
    """Check each part in turn; yields its name (journal, captcha, webhook, proxies) and a finding.

    Asks captcha providers over the network.
    """
    # It answers requests, so it takes long to import; no other operation needs it.
    from frontdesk.crm.realgeeks import webhook

    reason = store.readiness()
    yield "journal", Finding(reason is None, f"{store}: {reason or 'can be written'}")
    for finding in _captchas(store, settings):
        yield "captcha", finding
    for finding in webhook.findings(settings):
        yield "webhook", finding
    if proxies.noticed(settings.data_dir, settings.trusted_proxies):
        text = f"{proxies.UNKNOWN}; set it to their number, or nobody has an address"
        yield "proxies", Finding(False, text)


def _captchas(store: Store, settings: Settings) -> Iterator[Finding]:
    from frontdesk.intake.captcha import build  # every provider's library

    for section in settings.captchas:
        captcha = build(section, settings.secret_key, store)
        problem = captcha.diagnose()
        yield Finding(problem is None, f"{captcha.provider}: {problem or 'works'}")
