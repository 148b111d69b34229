"""What lies in a configuration's `data_dir`: the journal, and the locks beside it."""

from pathlib import Path

from frontdesk.config import Settings
from frontdesk.journal.files import Journal


def open_journal(settings: Settings) -> Journal:
    """The journal of a configuration; raises JournalError if it is not for this version."""
    journal = Journal(settings.data_dir / "journal")
    journal.refuse_newer()
    return journal


def courier_lock(settings: Settings) -> Path:
    """What a machine's couriers compete for."""
    return settings.data_dir / "courier.lock"


def outage_locks(settings: Settings) -> dict[str, Path]:
    """By captcha provider, what is held as long as it cannot be asked."""
    providers = sorted({settings.captcha_of(form).provider for form in settings.forms.values()})
    return {name: outage_lock(settings.data_dir, name) for name in providers}


def outage_lock(data_dir: Path, provider: str) -> Path:
    """What is held as long as some process of the machine gets no answers of a provider."""
    return data_dir / f"{provider}.outage"
