"""How much a test does that is marked as `long`."""

from hypothesis import settings


def amount(few: int, many: int) -> int:
    """Few among the tests; many in `make faults`, which has the time."""
    return many if settings.get_current_profile_name() == "long" else few
