"""Pages of an operator's own templates, and of the built-in ones where those have errors."""

import logging
import threading
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, TemplateNotFound

from frontdesk.own_templates import compiled, fault

log = logging.getLogger("frontdesk.intake")

KIND = "frontdesk"  # the inbox's pages are not for changing
INSTEAD = "the built-in one serves instead"
REMEMBERED = 1000  # errors that are not told again


class _Some(BaseLoader):
    """A folder's templates for forms, without some of them."""

    def __init__(self, folder: Path, left_out: frozenset[str]) -> None:
        self._files, self._left_out = FileSystemLoader(folder), left_out

    def get_source(self, environment: Environment, template: str) -> Any:
        if not template.startswith(f"{KIND}/") or template in self._left_out:
            raise TemplateNotFound(template)
        return self._files.get_source(environment, template)


class OwnPages:
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
        found = [*compiled(self._folder, KIND, app.jinja_env)]
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
                found = fault(error, self._folder, KIND)
                if found is None or found.name in left_out:
                    raise
                self._tell(found.error)
                left_out |= {found.name}

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

    def _tell(self, said: str) -> None:
        """Log an error, once."""
        with self._lock:
            if said in self._told or len(self._told) >= REMEMBERED:
                return
            self._told.add(said)
        log.error("template %s; %s", said, INSTEAD)
