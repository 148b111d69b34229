"""frontdesk.toml -> Settings, or every problem at once, each with its path."""

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from frontdesk.config import files, forms_dir
from frontdesk.config.asked import problems as fields_problems
from frontdesk.config.environment import interpolate
from frontdesk.config.inbox import inbox_problems
from frontdesk.config.look import Look
from frontdesk.config.model import (
    AccountSection,
    CaptchaSection,
    Destination,
    Form,
    FormLimits,
    Limits,
    Settings,
)
from frontdesk.config.problems import ConfigError, Path_, Problem, dotted
from frontdesk.config.section import Section
from frontdesk.config.types import BRANCH, HERE, TABLE, Localized
from frontdesk.config.units import UnitSource

S = TypeVar("S", bound=Section)

_WORDING = {
    "extra_forbidden": "unknown key",
    "missing": "is missing",
    "string_type": "must be a text in quotes",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "path_type": "must be a path in quotes",
}
_SHOULD = re.compile(r"(?:Input|String|List|Tuple|Dictionary|Value) should ")  # pydantic's own


class DestinationKind(NamedTuple):
    """What a CRM brings along: its sections of the file, the attribute keys that are its own,
    a look at a form that is otherwise well, and the fields of ours that it takes no lead without.
    """

    account: type[AccountSection]
    form: type[Section]
    reserved: frozenset[str]
    problems: Callable[[Form, Any, Any], Iterable[Problem]]
    needs: frozenset[str] = frozenset()


class Kinds(NamedTuple):
    """The captcha providers, CRMs and sources of units, by the names that the file uses."""

    captchas: Mapping[str, type[CaptchaSection]]
    destinations: Mapping[str, DestinationKind]
    sources: Mapping[str, type[UnitSource]]


def find() -> Path:
    """The configuration's path where none was given: FRONTDESK_CONFIG, else the folder's own."""
    return Path(os.environ.get("FRONTDESK_CONFIG") or "frontdesk.toml")


def load(path: Path, kinds: Kinds, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and validate a configuration; raises ConfigError. Relative paths are the file's."""
    found: list[Problem] = []
    try:
        tree = interpolate(files.parse(path), (), environ, found)
        apart = _forms_apart(tree, path, environ, found)
        here = path.resolve().parent
        settings = _validated(tree, kinds, found, here)
    except ValueError as error:
        raise ConfigError([f"{path}: {error}"]) from None
    except RecursionError:
        raise ConfigError([f"{path}: is nested too deeply"]) from None
    if settings is None or found:
        raise ConfigError(_lines(found, path, apart))
    places = {"data_dir": here / settings.data_dir}
    if settings.forms_dir is not None:
        places["forms_dir"] = here / settings.forms_dir
    if settings.templates_dir is not None:
        places["templates_dir"] = here / settings.templates_dir
    return settings.model_copy(update=places)


def data_dir(path: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """The folder that a configuration names, whatever else may be wrong with it.

    Raises ConfigError where it does not say so.
    """
    found: list[Problem] = []
    try:
        tree = files.parse(path)
        named = interpolate(tree.get("data_dir", "var"), ("data_dir",), environ, found)
    except (ValueError, RecursionError) as error:
        raise ConfigError([f"{path}: {error}"]) from None
    if not isinstance(named, str):
        found.append((("data_dir",), "must be a text in quotes"))
    if found:
        raise ConfigError(_lines(found, path, {}))
    return path.resolve().parent / str(named)


def validate(tree: dict[str, Any], kinds: Kinds, environ: Mapping[str, str]) -> Settings:
    """Validate an already parsed configuration; raises ConfigError."""
    found: list[Problem] = []
    settings = _validated(interpolate(tree, (), environ, found), kinds, found, Path.cwd())
    if settings is None or found:
        raise ConfigError(_lines(found, Path("frontdesk.toml"), {}))
    return settings


def _forms_apart(
    tree: dict[str, Any], path: Path, environ: Mapping[str, str], found: list[Problem]
) -> dict[Path_, Path]:
    """Put the forms that have a file each beside those of the one file; the file of each path."""
    named = tree.get("forms_dir")
    if not isinstance(named, str) or ("forms_dir",) in dict(found):
        if named is not None:  # told already, or by the model
            tree.setdefault("forms", {"unknown": _placeholder(Form)})
        return {}
    # By the name that the operator gave, for messages; a link's own folder is another.
    here = (path.resolve() if path.is_symlink() else path).parent / named
    folder = forms_dir.read(here, environ)
    found += folder.problems
    forms = tree.setdefault("forms", {})
    if not isinstance(forms, dict):
        return folder.origins
    for slug, form in folder.forms.items():
        if slug in forms:
            place = ("forms_dir", slug)
            folder.origins[place] = folder.origins.pop(("forms", slug))
            said = f"the form {slug} is in {path} too; take one of the two away"
            found.append((place, said))
        else:
            forms[slug] = _placeholder(Form) if form is None else form
    if not forms and folder.problems:
        forms["unknown"] = _placeholder(Form)  # why there is none has been told
    elif not forms:
        said = f"there is no form in {here}, and none in {path}"
        found.append((("forms",), said))
    return folder.origins


def _validated(
    tree: dict[str, Any], kinds: Kinds, found: list[Problem], here: Path
) -> Settings | None:
    """Validate a tree without variables, and add to what was found wrong with it before.

    `here`: the folder that its relative paths start from.
    """
    problems = [*_references(tree), *inbox_problems(tree), *_no_templates(tree, here)]
    # From the leaves to the root, each table by itself: a mistake in one hides none in another.
    _captchas(tree, kinds, problems)
    _destinations(tree, kinds, problems, here)
    _unit_sources(tree, kinds, problems)
    _inherit_limits(tree)
    _looks(tree, here, problems)
    _forms(tree, kinds, problems)
    settings = _section(Settings, tree, (), problems)
    # What stands for an unset variable fails other checks too; one mistake is one message.
    told = {path for path, _ in found}
    found += (problem for problem in problems if problem[0] not in told)
    return settings


def _lines(found: list[Problem], path: Path, apart: Mapping[Path_, Path]) -> list[str]:
    """What an operator reads: each mistake once, with its file where there are several."""
    lines = []
    for place, said in found:
        file = apart.get(place[:2])
        where = dotted(place if file is None else place[2:])
        if file is None and apart:
            file = path
        parts = (str(file or ""), where or ("" if file else path.name), said)
        lines.append(": ".join(filter(None, parts)))
    return list(dict.fromkeys(lines))


def _section(
    model: type[S], raw: Any, path: Path_, problems: list[Problem], here: Path | None = None
) -> S | None:
    try:
        return model.model_validate(raw, context={HERE: here})
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems += (((*path, *_place(each["loc"])), _message(each)) for each in details)
    return None


def _message(detail: ErrorDetails) -> str:
    if detail["type"] == "dict_type" and detail["loc"][-1:] == (TABLE,):
        return "must be a text in quotes, or a table with one for each language"
    said = detail["msg"].removeprefix("Value error, ")
    return _WORDING.get(detail["type"]) or _SHOULD.sub("must ", said, count=1)


def _placeholder(model: type[S]) -> S:
    """Stands for a table that was reported already, so that the others can be checked."""
    return cast("S", model.model_construct())


def _place(loc: Path_) -> Path_:
    """Without what pydantic adds: the marks of a union's branches, and of a table's keys."""
    return tuple(p for p in loc if not str(p).startswith(BRANCH) and p != "[key]")


def _tables(tree: Any, key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The tables below a key, as far as they are tables; the models complain about the rest."""
    tables = tree.get(key)
    if isinstance(tables, dict):
        yield from ((name, table) for name, table in tables.items() if isinstance(table, dict))


def _kind(raw: Any, key: str, known: Mapping[str, Any], path: Path_) -> Problem | None:
    if not isinstance(raw, dict):
        return path, "must be a table"
    if key not in raw:
        return (*path, key), f"is missing; it is one of {', '.join(sorted(known))}"
    if not isinstance(raw[key], str):
        return (*path, key), "must be a text in quotes"
    if raw[key] not in known:
        return (*path, key), f"{raw[key]!r} is none of {', '.join(sorted(known))}"
    return None


def _captchas(tree: dict[str, Any], kinds: Kinds, problems: list[Problem]) -> None:
    """Put a provider's own settings in place of each captcha table."""
    owners = [((), tree), *((("forms", name), form) for name, form in _tables(tree, "forms"))]
    for path, owner in owners:
        if "captcha" not in owner:
            continue
        raw, path = owner["captcha"], (*path, "captcha")
        if problem := _kind(raw, "provider", kinds.captchas, path):
            problems.append(problem)
            owner["captcha"] = _placeholder(CaptchaSection)
        else:
            model = kinds.captchas[raw["provider"]]
            owner["captcha"] = _section(model, raw, path, problems) or _placeholder(model)


def _destinations(tree: dict[str, Any], kinds: Kinds, problems: list[Problem], here: Path) -> None:
    """Put a CRM's own settings in place of each destination, and of each form's part for it."""
    for name, raw in _tables(tree, "destinations"):
        path = ("destinations", name)
        account = None
        if problem := _kind(raw, "type", kinds.destinations, path):
            problems.append(problem)
        else:
            own = {key: value for key, value in raw.items() if key != "type"}
            account = _section(kinds.destinations[raw["type"]].account, own, path, problems, here)
        tree["destinations"][name] = Destination.model_construct(
            type=str(raw.get("type")), account=account
        )
    for name, form in _tables(tree, "forms"):
        if "crm" in form:
            problems.append((("forms", name, "crm"), "unknown key"))
        # A form needs no table of its own for a CRM whose keys are all optional.
        owed = {kind for kind, _ in _accounts(tree, form.get("destinations"))}
        form["crm"] = {
            kind: _section(schema.form, form.pop(kind, {}), ("forms", name, kind), problems, here)
            or _placeholder(schema.form)
            for kind, schema in kinds.destinations.items()
            if kind in form or kind in owed
        }


def _unit_sources(tree: dict[str, Any], kinds: Kinds, problems: list[Problem]) -> None:
    """Put a table of units, which says where they come from, beside the list that there may be."""
    for slug, form in _tables(tree, "forms"):
        path = ("forms", slug, "units")
        if "unit_source" in form:
            problems.append((("forms", slug, "unit_source"), "unknown key"))
        form["unit_source"] = None
        raw = form.get("units")
        if not isinstance(raw, dict):
            continue
        del form["units"]
        if form.get("kind") == "valuation":
            said = 'a form of kind = "valuation" does not ask for it; take it out'
            problems.append((path, said))
        elif problem := _kind(raw, "source", kinds.sources, path):
            problems.append(problem)
        else:
            form["unit_source"] = _section(kinds.sources[raw["source"]], raw, path, problems)


def _accounts(tree: dict[str, Any], names: object) -> list[tuple[str, Any]]:
    """The accounts of these destinations that are well, each with its kind."""
    known = tree.get("destinations")
    if not isinstance(known, dict) or not isinstance(names, list):
        return []
    sections = (known.get(name) for name in names if isinstance(name, str))
    return [(s.type, s.account) for s in sections if isinstance(s, Destination) and s.account]


def _references(tree: dict[str, Any]) -> Iterator[Problem]:
    known = {name for name, _ in _tables(tree, "destinations")}
    for slug, form in _tables(tree, "forms"):
        names = form.get("destinations")
        for index, name in enumerate(names if isinstance(names, list) else []):
            if isinstance(name, str) and name not in known:
                yield ("forms", slug, "destinations", index), f"no destination is called {name!r}"


def _inherit_limits(tree: dict[str, Any]) -> None:
    """A form's own limits replace the general ones key by key."""
    general = tree.get("limits", {})
    if _section(Limits, general, (), []) is None:
        return  # told once, of the general ones
    shared = {k: v for k, v in general.items() if k in FormLimits.model_fields}
    for _, form in _tables(tree, "forms"):
        own = form.get("limits", {})
        if isinstance(own, dict):
            form["limits"] = {**shared, **own}


def _looks(tree: dict[str, Any], here: Path, problems: list[Problem]) -> None:
    """A form's own look replaces the general one key by key; what cannot be read is refused."""
    general = None
    if "look" in tree:
        general = _section(Look, tree["look"], ("look",), problems, here)
        tree["look"] = general or _placeholder(Look)
    told = general.flaws() if general else ()
    problems += ((("look", flaw.name), flaw.said) for flaw in told)
    for slug, form in _tables(tree, "forms"):
        path = ("forms", slug, "look")
        own = _section(Look, form["look"], path, problems, here) if "look" in form else None
        look = own.over(general) if own else general
        if own and look:
            for flaw in (each for each in look.flaws() if each not in told):
                name = flaw.name if flaw.name in own.model_fields_set else "background"
                problems.append(((*path, name), flaw.said))
        if look is not None or "look" in form:
            form["look"] = look or _placeholder(Look)


def _no_templates(tree: dict[str, Any], here: Path) -> Iterator[Problem]:
    """A folder of templates that is not there."""
    named = tree.get("templates_dir")
    if isinstance(named, str) and "\0" not in named:
        try:
            if not stat.S_ISDIR((here / named).stat().st_mode):
                yield ("templates_dir",), f"{here / named}: is not a folder"
        except OSError as error:
            yield ("templates_dir",), f"{here / named}: {error.strerror}"


def _forms(tree: dict[str, Any], kinds: Kinds, problems: list[Problem]) -> None:
    """Validate each form, and what only shows when it is seen as a whole."""
    wrong = {place[:3] for place, _ in problems}
    for slug, raw in _tables(tree, "forms"):
        path = ("forms", slug)
        form = _section(Form, raw, path, problems)
        accounts = _accounts(tree, raw.get("destinations"))
        if form is not None:
            problems += (((*path, *place), said) for place, said in _untranslated(form))
            problems += (((*path, *place), said) for place, said in _unvalued(tree, form, kinds))
            needs = _needs(tree, form, kinds)
            problems += (((*path, *place), said) for place, said in fields_problems(form, needs))
            well = len(accounts) == len(form.destinations)
            if well and not any(account.takes_leads for _, account in accounts):
                said = "none of these brings the lead to anybody; add one that does"
                problems.append(((*path, "destinations"), said))
            if form.unit_source is not None and well:
                theirs = form.unit_source.problems(form, accounts)
                problems += (((*path, "units", *place), said) for place, said in theirs)
            for kind, account in accounts:
                if (*path, kind) in wrong:
                    continue  # what stands in for its table says nothing
                found = kinds.destinations[kind].problems(form, account, form.crm[kind])
                problems += (((*path, *place), said) for place, said in found)
        reserved = {key: kind for kind, _ in accounts for key in kinds.destinations[kind].reserved}
        for index, key in _attribute_keys(raw):
            if key in reserved:
                said = f"{key!r} is a parameter of {reserved[key]}'s own"
                problems.append(((*path, "attributes", index, "key"), said))
        tree["forms"][slug] = form or _placeholder(Form)


def _attribute_keys(raw: dict[str, Any]) -> Iterator[tuple[int, str]]:
    attributes = raw.get("attributes")
    for index, attribute in enumerate(attributes if isinstance(attributes, list) else []):
        key = attribute.get("key") if isinstance(attribute, dict) else None
        if isinstance(key, str):
            yield index, key


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
        for language in form.languages if isinstance(text, dict) else ():
            if language not in text:
                yield place, f"has no text for the form's language {language!r}"


def _needs(tree: dict[str, Any], form: Form, kinds: Kinds) -> dict[str, frozenset[str]]:
    """The fields that each destination of a form takes no lead without."""
    return {
        name: kinds.destinations[kind].needs
        for name in form.destinations
        for kind, _ in _accounts(tree, [name])
    }


def _unvalued(tree: dict[str, Any], form: Form, kinds: Kinds) -> Iterator[Problem]:
    """A valuation without a destination for those who leave no contact."""
    accounts = [account for _, account in _accounts(tree, form.destinations)]
    well = len(accounts) == len(form.destinations)
    if form.kind == "valuation" and well and not any(each.takes_anyone for each in accounts):
        known = kinds.destinations.items()
        takers = sorted(name for name, kind in known if kind.account.takes_anyone)
        needed = f"a valuation needs a destination of type {' or '.join(takers)}"
        otherwise = (
            'without kind = "valuation" the form asks for a contact, and what else it asks stays'
        )
        yield ("kind",), f"{needed}, for people who leave no contact; {otherwise}"
