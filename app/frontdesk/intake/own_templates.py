"""`templates_dir`: an operator's own templates, and the built-in ones where those have errors."""

import logging
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)

from frontdesk.resources import folder as resource

log = logging.getLogger("frontdesk.intake")

KIND = "frontdesk/"  # the inbox's pages are not for changing
REMEMBERED = 1000  # errors that are not told again


class Finding(NamedTuple):
    """A template of the folder; `error` says where and what, or is empty."""

    name: str
    error: str


class _Some(BaseLoader):
    """A folder's templates for forms, without some of them."""

    def __init__(self, folder: Path, left_out: frozenset[str]) -> None:
        self._files, self._left_out = FileSystemLoader(folder), left_out

    def get_source(self, environment: Environment, template: str) -> Any:
        if not template.startswith(KIND) or template in self._left_out:
            raise TemplateNotFound(template)
        return self._files.get_source(environment, template)


def findings(folder: Path, environment: Environment | None = None) -> Iterator[Finding]:
    """Compile each template for the forms that a folder holds."""
    environment = environment or Environment(autoescape=True)
    for path in sorted((folder / KIND).rglob("*.html")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file():  # a pipe would be waited for
            yield Finding(name, f"{path}: is not a file")
            continue
        try:
            source = path.read_text(encoding="utf-8")
            environment.compile(source, name, str(path))
        except TemplateSyntaxError as error:
            yield Finding(name, f"{path}, line {error.lineno}: {error.message}")
        except OSError as error:
            yield Finding(name, f"{path}: {error.strerror}")
        except Exception as error:  # noqa: BLE001 - Python does not take all that Jinja does
            yield Finding(name, f"{path}: {error}")
        else:
            yield Finding(name, "")


def unknown(name: str) -> bool:
    """Whether there is no built-in template of this name; others may still include it."""
    return not (resource("templates") / name).is_file()


class OwnTemplates:
    """The templates of a folder, in place of the built-in ones; nothing in it stops a form."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._broken: frozenset[str] = frozenset()
        self._environments: dict[frozenset[str], Environment] = {}
        self._told: set[str] = set()
        self._warm = False
        self._lock = threading.Lock()

    def warm_up(self, app: Flask) -> None:
        """Compile all, and say which have errors; once."""
        if self._warm:
            return
        self._warm = True
        found = [*findings(self._folder, app.jinja_env)]
        for each in found:
            if each.error:
                self._tell(each.error)
        self._broken = frozenset(each.name for each in found if each.error)
        environment = self._environment(app, self._broken)
        for each in found:
            if not each.error:
                environment.get_template(each.name)

    def render(self, app: Flask, name: str, context: dict[str, Any]) -> str:
        """A page; where a template has an error, with the built-in one in its place."""
        app.update_template_context(context)
        left_out = self._broken
        while True:
            try:
                return self._environment(app, left_out).get_template(name).render(context)
            except Exception as error:
                place = self._place(error)
                if place is None or place[0] in left_out:
                    raise
                template, line = place
                # Of other errors only the kind: what they say may be what a visitor typed.
                said = error.message if isinstance(error, TemplateError) else None
                said = said or type(error).__name__
                self._tell(f"{self._folder / template}, line {line}: {said}")
                left_out |= {template}

    def _environment(self, app: Flask, left_out: frozenset[str]) -> Environment:
        """The app's environment: first the host's own templates, then these, then the built-in."""
        with self._lock:
            made = self._environments.get(left_out)
            if made is None:
                ours = [_Some(self._folder, left_out), app.jinja_env.loader]
                hosts = [app.jinja_loader] if app.jinja_loader else []
                loader = ChoiceLoader([each for each in (*hosts, *ours) if each])
                made = app.jinja_env.overlay(loader=loader, cache_size=400)
                self._environments[left_out] = made
        return made

    def _place(self, error: Exception) -> tuple[str, int] | None:
        """The innermost of our templates that an error comes from, and its line."""
        frames = traceback.walk_tb(error.__traceback__)
        places = [(frame.f_code.co_filename, line) for frame, line in frames]
        if isinstance(error, TemplateSyntaxError | SyntaxError):
            places.append((error.filename or "", error.lineno or 1))
        for filename, line in reversed(places):
            path = Path(filename)
            if path.is_relative_to(self._folder / KIND):
                return path.relative_to(self._folder).as_posix(), line or 1
        return None

    def _tell(self, said: str) -> None:
        """Log an error, once."""
        with self._lock:
            if said in self._told or len(self._told) >= REMEMBERED:
                return
            self._told.add(said)
        log.error("template %s; the built-in one serves instead", said)
