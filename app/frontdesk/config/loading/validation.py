"""A tree as it was read -> Settings, and all that is wrong with it."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from frontdesk.config.fields import NOT_ASKED
from frontdesk.config.form import Form, FormLimits
from frontdesk.config.inbox import inbox_problems
from frontdesk.config.kinds import CaptchaSection, Kinds
from frontdesk.config.loading import whole
from frontdesk.config.loading.tables import placeholder, section, tables, unknown_kind
from frontdesk.config.look.section import Look
from frontdesk.config.problems import Problem, below
from frontdesk.config.settings import Destination, Limits, Settings


def validated(
    tree: dict[str, Any], kinds: Kinds, found: list[Problem], here: Path
) -> Settings | None:
    """Validate a tree without variables, and add to what was found wrong with it before.

    `here`: the folder that its relative paths start from.
    """
    problems = [*_references(tree), *inbox_problems(tree), *_templates(tree, here)]
    # From the leaves to the root, each table by itself: a mistake in one hides none in another.
    _captchas(tree, kinds, problems)
    _destinations(tree, kinds, problems, here)
    _unit_sources(tree, kinds, problems)
    _inherit_limits(tree)
    _looks(tree, here, problems)
    _forms(tree, kinds, problems)
    settings = section(Settings, tree, (), problems)
    # What stands for an unset variable fails other checks too; one mistake is one message.
    told = {path for path, _ in found}
    found += (problem for problem in problems if problem[0] not in told)
    return settings


def _references(tree: dict[str, Any]) -> Iterator[Problem]:
    """Destinations of forms that there are not."""
    known = {name for name, _ in tables(tree, "destinations")}
    others = f"there are {', '.join(sorted(known))}" if known else "there are no [destinations.…]"
    for slug, form in tables(tree, "forms"):
        names = form.get("destinations")
        for index, name in enumerate(names if isinstance(names, list) else []):
            if isinstance(name, str) and name not in known:
                said = f"no destination is called {name!r}; {others}"
                yield ("forms", slug, "destinations", index), said


def _captchas(tree: dict[str, Any], kinds: Kinds, problems: list[Problem]) -> None:
    """Put a provider's own settings in place of each captcha table."""
    owners = [((), tree), *((("forms", name), form) for name, form in tables(tree, "forms"))]
    for path, owner in owners:
        if "captcha" not in owner:
            continue
        raw, path = owner["captcha"], (*path, "captcha")
        if problem := unknown_kind(raw, "provider", kinds.captchas, path):
            problems.append(problem)
            owner["captcha"] = placeholder(CaptchaSection)
        else:
            model = kinds.captchas[raw["provider"]]
            owner["captcha"] = section(model, raw, path, problems) or placeholder(model)


def _destinations(tree: dict[str, Any], kinds: Kinds, problems: list[Problem], here: Path) -> None:
    """Put a CRM's own settings in place of each destination, and of each form's part for it."""
    for name, raw in tables(tree, "destinations"):
        path = ("destinations", name)
        account = None
        if problem := unknown_kind(raw, "type", kinds.destinations, path):
            problems.append(problem)
        else:
            own = {key: value for key, value in raw.items() if key != "type"}
            account = section(kinds.destinations[raw["type"]].account, own, path, problems, here)
        tree["destinations"][name] = Destination.model_construct(
            type=str(raw.get("type")), account=account
        )
    for name, form in tables(tree, "forms"):
        if "crm" in form:
            problems.append((("forms", name, "crm"), "unknown key"))
        # A form needs no table of its own for a CRM whose keys are all optional.
        owed = {kind for kind, _ in _accounts(tree, form.get("destinations")).values()}
        form["crm"] = {
            kind: section(schema.form, form.pop(kind, {}), ("forms", name, kind), problems, here)
            or placeholder(schema.form)
            for kind, schema in kinds.destinations.items()
            if kind in form or kind in owed
        }


def _unit_sources(tree: dict[str, Any], kinds: Kinds, problems: list[Problem]) -> None:
    """Put a table of units, which says where they come from, beside the list that there may be."""
    for slug, form in tables(tree, "forms"):
        path = ("forms", slug, "units")
        if "unit_source" in form:
            problems.append((("forms", slug, "unit_source"), "unknown key"))
        form["unit_source"] = None
        raw = form.get("units")
        if not isinstance(raw, dict):
            continue
        del form["units"]
        if form.get("kind") == "valuation":
            problems.append((path, NOT_ASKED))
        elif problem := unknown_kind(raw, "source", kinds.sources, path):
            problems.append(problem)
        else:
            form["unit_source"] = section(kinds.sources[raw["source"]], raw, path, problems)


def _inherit_limits(tree: dict[str, Any]) -> None:
    """A form's own limits replace the general ones key by key."""
    general = tree.get("limits", {})
    if section(Limits, general, (), []) is None:
        return  # told once, of the general ones
    shared = {k: v for k, v in general.items() if k in FormLimits.model_fields}
    for _, form in tables(tree, "forms"):
        own = form.get("limits", {})
        if isinstance(own, dict):
            form["limits"] = {**shared, **own}


def _looks(tree: dict[str, Any], here: Path, problems: list[Problem]) -> None:
    """A form's own look replaces the general one key by key; what cannot be read is refused."""
    general = None
    if "look" in tree:
        general = section(Look, tree["look"], ("look",), problems, here)
        tree["look"] = general or placeholder(Look)
    told = general.flaws() if general else ()
    problems += ((("look", flaw.name), flaw.said) for flaw in told)
    for slug, form in tables(tree, "forms"):
        path = ("forms", slug, "look")
        own = section(Look, form["look"], path, problems, here) if "look" in form else None
        look = own.over(general) if own else general
        if own and look:
            for flaw in (each for each in look.flaws() if each not in told):
                name = flaw.name if flaw.name in own.model_fields_set else "background"
                problems.append(((*path, name), flaw.said))
        if look is not None or "look" in form:
            form["look"] = look or placeholder(Look)


def _templates(tree: dict[str, Any], here: Path) -> Iterator[Problem]:
    """What is wrong with the folder of an operator's own templates."""
    named = tree.get("templates_dir")
    if isinstance(named, str) and "\0" not in named:
        try:
            if not stat.S_ISDIR((here / named).stat().st_mode):
                yield ("templates_dir",), f"{here / named}: is not a folder"
        except OSError as error:
            yield ("templates_dir",), f"{here / named}: {error.strerror}"


def _forms(tree: dict[str, Any], kinds: Kinds, problems: list[Problem]) -> None:
    """Validate each form, and what only shows when it is seen as a whole."""
    told = {place[:3] for place, _ in problems}
    for slug, raw in tables(tree, "forms"):
        path = ("forms", slug)
        form = section(Form, raw, path, problems)
        accounts = _accounts(tree, raw.get("destinations"))
        if form is not None:
            wrong = {kind for kind in kinds.destinations if (*path, kind) in told}
            problems += below(path, whole.problems(form, accounts, kinds, wrong))
        problems += below(path, _reserved(raw, accounts, kinds))
        tree["forms"][slug] = form or placeholder(Form)


def _reserved(raw: dict[str, Any], accounts: whole.Accounts, kinds: Kinds) -> Iterator[Problem]:
    """Keys of attributes that are parameters of a CRM's own."""
    known = kinds.destinations
    reserved = {key: kind for kind, _ in accounts.values() for key in known[kind].reserved}
    attributes = raw.get("attributes")
    for index, attribute in enumerate(attributes if isinstance(attributes, list) else []):
        key = attribute.get("key") if isinstance(attribute, dict) else None
        if isinstance(key, str) and key in reserved:
            said = f"{key!r} is a parameter of {reserved[key]}'s own"
            yield ("attributes", index, "key"), said


def _accounts(tree: dict[str, Any], names: object) -> dict[str, tuple[str, Any]]:
    """The accounts of these destinations that are well, each with its kind."""
    known = tree.get("destinations")
    if not isinstance(known, dict) or not isinstance(names, list):
        return {}
    sections = ((name, known.get(name)) for name in names if isinstance(name, str))
    return {
        name: (one.type, one.account)
        for name, one in sections
        if isinstance(one, Destination) and one.account
    }
