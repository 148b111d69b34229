"""What a running process can take of a new configuration, and what only a restart brings."""

from frontdesk.config.settings import Settings

# All else of it may change while the forms are served.
FIXED = ("data_dir", "journal", "limits.storage")


def unchangeable(now: Settings, new: Settings) -> list[str]:
    """What differs although only a restart can change it; a line each, for the operator."""
    return [
        f"{path}: cannot be changed by a reload, only by a restart"
        for path in FIXED
        if _at(now, path) != _at(new, path)
    ]


def _at(settings: Settings, path: str) -> object:
    found: object = settings
    for name in path.split("."):
        found = getattr(found, name)
    return found
