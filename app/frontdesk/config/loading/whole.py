"""What only shows when a form is seen as a whole, and beside the accounts that it goes to."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from frontdesk.config import asked
from frontdesk.config.form import Form
from frontdesk.config.kinds import Kinds
from frontdesk.config.problems import Path_, Problem, below
from frontdesk.config.types import Localized, untranslated

Accounts = Mapping[str, tuple[str, Any]]


def problems(
    form: Form, accounts: Accounts, kinds: Kinds, wrong: Collection[str]
) -> Iterator[Problem]:
    """What contradicts the rest of a form; paths begin there.

    `accounts`: each with its kind, by its destination, as far as they are well. `wrong`: the kinds
    for which what the form says has been reported already.
    """
    yield from _untranslated(form)
    known, every = kinds.destinations, list(accounts.values())
    well = len(accounts) == len(form.destinations)
    if well and form.kind == "valuation" and not any(one.takes_anyone for _, one in every):
        yield ("kind",), _unvalued(kinds)
    yield from asked.problems(
        form, {name: known[kind].needs for name, (kind, _) in accounts.items()}
    )
    if well and not any(account.takes_leads for _, account in every):
        yield ("destinations",), "none of these brings the lead to anybody; add one that does"
    if well and form.unit_source is not None:
        yield from below(("units",), form.unit_source.problems(form, every))
    for kind, account in every:
        if kind not in wrong:  # else what stands in for its table says nothing
            yield from known[kind].problems(form, account, form.crm[kind])


def _untranslated(form: Form) -> Iterator[Problem]:
    """Texts that a language of the form lacks."""
    texts: list[tuple[Path_, Localized]] = [(("title",), form.title)]
    own = {key: getattr(form, key) for key in ("lead", "button", "thanks", "thanks_next")}
    texts += [((key,), text) for key, text in own.items()]
    texts += [(("consents", i, "label"), c.label) for i, c in enumerate(form.consents)]
    for i, entry in enumerate([] if isinstance(form.fields, str) else form.fields):
        said = {"label": entry.label, "hint": entry.hint, "heading": entry.heading}
        texts += [(("fields", i, key), text) for key, text in said.items()]
    for i, attribute in enumerate(form.attributes):
        texts.append((("attributes", i, "label"), attribute.label))
        options = enumerate(attribute.options)
        texts += [(("attributes", i, "options", k, "label"), o.label) for k, o in options]
    for place, text in texts:
        yield from ((place, said) for said in untranslated(text, form.languages))


def _unvalued(kinds: Kinds) -> str:
    """A valuation needs a destination for those who leave no contact."""
    known = kinds.destinations.items()
    takers = sorted(name for name, kind in known if kind.account.takes_anyone)
    return (
        f"a valuation needs a destination of type {' or '.join(takers)}, for people who leave no"
        ' contact; without kind = "valuation" the form asks for a contact, and what else it asks'
        " stays"
    )
