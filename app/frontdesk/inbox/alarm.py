"""Whether the list points out that something else is wrong."""

from frontdesk.inbox.context import desk, person, store
from frontdesk.intake.context import intake
from frontdesk.operations.status import destinations_of


def needs_a_look() -> bool:
    """Whether something is wrong besides leads that failed or are held, which the list counts."""
    who = person()
    if who.forms is None:
        return not {*(intake().monitor.warnings() or ())} <= {"failed", "held"}
    facts = store().facts()
    names = destinations_of(desk().settings, who.forms)
    return any(facts.account(name).closed is not None for name in names)
