"""frontdesk.toml -> Settings, or every problem at once, each with its path."""

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from pydantic import ValidationError

from frontdesk.config.model import CaptchaSection, Destination, Form, Section, Settings
from frontdesk.config.types import Localized
from frontdesk.i18n import languages

Path_ = tuple[str | int, ...]
Problem = tuple[Path_, str]
S = TypeVar("S", bound=Section)

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_WORDING = {
    "extra_forbidden": "unknown key",
    "missing": "is missing",
    "string_type": "must be a text in quotes",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a table",
}


class ConfigError(Exception):
    """The configuration cannot be used; `problems` are lines for the operator."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class DestinationKind(NamedTuple):
    """What a CRM brings along: its sections of the file, and what contradicts them."""

    account: type[Section]
    form: type[Section]
    problems: Callable[[Form, Any, Any], Iterable[Problem]]


class Kinds(NamedTuple):
    """The captcha providers and CRMs that there are, by the names that the file uses."""

    captchas: Mapping[str, type[CaptchaSection]]
    destinations: Mapping[str, DestinationKind]


def find() -> Path:
    """The configuration's path where none was given: FRONTDESK_CONFIG, else the folder's own."""
    return Path(os.environ.get("FRONTDESK_CONFIG") or "frontdesk.toml")


def load(path: Path, kinds: Kinds, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and validate a configuration file; raises ConfigError. Relative paths are the file's."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror}"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: not TOML: {error}"]) from None
    settings = validate(tree, kinds, environ)
    return settings.model_copy(update={"data_dir": path.resolve().parent / settings.data_dir})


def validate(tree: dict[str, Any], kinds: Kinds, environ: Mapping[str, str]) -> Settings:
    """Validate an already parsed configuration; raises ConfigError."""
    problems: list[Problem] = []
    tree = _interpolate(tree, (), environ, problems)
    problems += _references(tree)
    _captchas(tree, kinds, problems)
    _destinations(tree, kinds, problems)
    _inherit_limits(tree)
    settings = _section(Settings, tree, (), problems)
    if settings is not None and not problems:
        problems += _contradictions(settings, kinds)
    if settings is None or problems:
        unique = dict.fromkeys(f"{_dotted(path)}: {message}" for path, message in problems)
        raise ConfigError(list(unique))
    return settings


def _interpolate(
    node: Any, path: Path_, environ: Mapping[str, str], problems: list[Problem]
) -> Any:
    if isinstance(node, dict):
        return {k: _interpolate(v, (*path, k), environ, problems) for k, v in node.items()}
    if isinstance(node, list):
        return [_interpolate(v, (*path, i), environ, problems) for i, v in enumerate(node)]
    if not isinstance(node, str):
        return node

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in environ:
            problems.append((path, f"the environment variable {name} is not set"))
            # Long enough for every other check: one mistake is one message.
            return f"unset-variable-{name}"
        return environ[name]

    return _VARIABLE.sub(value, node)


def _section(model: type[S], raw: Any, path: Path_, problems: list[Problem]) -> S | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            message = _WORDING.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")
            problems.append(((*path, *_place(detail["loc"])), message))
    return None


def _placeholder(model: type[S]) -> S:
    """Stands for a table that was reported already, so that the others can be checked."""
    return cast("S", model.model_construct())


def _place(loc: Path_) -> Path_:
    """Without the marks that pydantic adds for the branches of a union."""
    return tuple(p for p in loc if not (isinstance(p, str) and re.search(r"[\[(]|^str$", p)))


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


def _destinations(tree: dict[str, Any], kinds: Kinds, problems: list[Problem]) -> None:
    """Put a CRM's own settings in place of each destination, and of each form's part for it."""
    for name, raw in _tables(tree, "destinations"):
        path = ("destinations", name)
        if problem := _kind(raw, "type", kinds.destinations, path):
            problems.append(problem)
            account: Section = _placeholder(Section)
        else:
            own = {key: value for key, value in raw.items() if key != "type"}
            model = kinds.destinations[raw["type"]].account
            account = _section(model, own, path, problems) or _placeholder(model)
        tree["destinations"][name] = Destination.model_construct(
            type=str(raw.get("type")), account=account
        )
    for name, form in _tables(tree, "forms"):
        if "crm" in form:
            problems.append((("forms", name, "crm"), "unknown key"))
        # A form needs no table of its own for a CRM whose keys are all optional.
        form["crm"] = {
            kind: _section(schema.form, form.pop(kind, {}), ("forms", name, kind), problems)
            or _placeholder(schema.form)
            for kind, schema in kinds.destinations.items()
            if kind in form or kind in _kinds_of(tree, form)
        }


def _kinds_of(tree: dict[str, Any], form: dict[str, Any]) -> set[str]:
    known, names = tree.get("destinations"), form.get("destinations")
    if not isinstance(known, dict) or not isinstance(names, list):
        return set()
    sections = (known.get(name) for name in names if isinstance(name, str))
    return {section.type for section in sections if isinstance(section, Destination)}


def _references(tree: dict[str, Any]) -> Iterator[Problem]:
    known = {name for name, _ in _tables(tree, "destinations")}
    for slug, form in _tables(tree, "forms"):
        names = form.get("destinations")
        for index, name in enumerate(names if isinstance(names, list) else []):
            if name not in known:
                yield ("forms", slug, "destinations", index), f"no destination is called {name!r}"


def _inherit_limits(tree: dict[str, Any]) -> None:
    """A form's own limits replace the general ones key by key."""
    general = tree.get("limits", {})
    if not isinstance(general, dict):
        return
    shared = {k: v for k, v in general.items() if k not in ("storage", "max_body")}
    for _, form in _tables(tree, "forms"):
        own = form.get("limits", {})
        if isinstance(own, dict):
            form["limits"] = {**shared, **own}


def _contradictions(settings: Settings, kinds: Kinds) -> Iterator[Problem]:
    delivery = settings.delivery
    if delivery.retry_longest < delivery.retry_first:
        yield ("delivery", "retry_longest"), "is shorter than retry_first"
    spoken = languages()
    for slug, form in settings.forms.items():
        path = ("forms", slug)
        texts: list[tuple[Path_, Localized]] = [(("title",), form.title)]
        texts += [(("consents", i, "label"), c.label) for i, c in enumerate(form.consents)]
        for i, attribute in enumerate(form.attributes):
            texts.append((("attributes", i, "label"), attribute.label))
            texts += [
                (("attributes", i, "options", k, "label"), option.label)
                for k, option in enumerate(attribute.options)
            ]
            if (attribute.type in ("select", "multiselect")) != bool(attribute.options):
                yield (
                    (*path, "attributes", i, "options"),
                    "select and multiselect need options, no other type has them",
                )
        for i, language in enumerate(form.languages):
            if language not in spoken:
                message = f"there are no messages in {language!r}; there are {', '.join(spoken)}"
                yield (*path, "languages", i), message
        for place, text in texts:
            for language in form.languages if isinstance(text, dict) else ():
                if language not in text:
                    yield (*path, *place), f"has no text for the form's language {language!r}"
        for name in form.destinations:
            kind = settings.destinations[name].type
            account = settings.destinations[name].account
            for place, message in kinds.destinations[kind].problems(form, account, form.crm[kind]):
                yield (*path, *place), message


def _dotted(path: Path_) -> str:
    dotted = ""
    for part in path:
        dotted += f"[{part}]" if isinstance(part, int) else f".{part}" if dotted else part
    return dotted or "frontdesk.toml"
