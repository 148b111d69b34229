"""frontdesk.toml -> Settings, or every problem at once, each with its path."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from frontdesk.config.form import Form
from frontdesk.config.kinds import Kinds
from frontdesk.config.loading import files, forms_dir
from frontdesk.config.loading.environment import interpolate
from frontdesk.config.loading.tables import placeholder
from frontdesk.config.loading.validation import validated
from frontdesk.config.problems import ConfigError, Path_, Problem, dotted
from frontdesk.config.settings import Settings


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
        settings = validated(tree, kinds, found, here)
    except ValueError as error:
        raise ConfigError([f"{path}: {error}"]) from None
    except RecursionError:
        raise ConfigError([f"{path}: is nested too deeply"]) from None
    if settings is None or found:
        raise ConfigError(_lines(found, path, apart))
    named = ((name, getattr(settings, name)) for name in ("data_dir", "forms_dir", "templates_dir"))
    return settings.model_copy(update={name: here / path for name, path in named if path})


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
    settings = validated(interpolate(tree, (), environ, found), kinds, found, Path.cwd())
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
            tree.setdefault("forms", {"unknown": placeholder(Form)})
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
            forms[slug] = placeholder(Form) if form is None else form
    if not forms and folder.problems:
        forms["unknown"] = placeholder(Form)  # why there is none has been told
    elif not forms:
        said = f"there is no form in {here}, and none in {path}"
        found.append((("forms",), said))
    return folder.origins


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
