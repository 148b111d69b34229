"""`${NAME}` in the texts of a configuration: what the environment has under that name."""

import re
from collections.abc import Mapping
from typing import Any

from frontdesk.config import reading
from frontdesk.config.problems import Path_, Problem

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
# Taken as it is, a slip in a name would make a password of the name, which others may read.
_SLIP = "${ begins an environment variable, like ${NAME}; a text that has it can be one's value"


def interpolate(node: Any, path: Path_, environ: Mapping[str, str], problems: list[Problem]) -> Any:
    """The same tree with its variables replaced; adds to `problems` what is wrong with them.

    `path`: where the tree stands in the configuration. Raises RecursionError.
    """
    if isinstance(node, dict):
        return {k: interpolate(v, (*path, k), environ, problems) for k, v in node.items()}
    if isinstance(node, list):
        return [interpolate(v, (*path, i), environ, problems) for i, v in enumerate(node)]
    if not isinstance(node, str) or "${" not in node:
        return node
    if "${" in _VARIABLE.sub("", node):
        problems.append((path, _SLIP))

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in environ:
            problems.append((path, f"the environment variable {name} is not set"))
            return f"unset-variable-{name}"
        if (wrong := reading.stray(environ[name])) is not None:
            problems.append((path, f"the environment variable {name} {wrong}"))
        elif reading.quoted(environ[name]):
            said = "has quotes around it, which are taken for a part of it"
            problems.append((path, f"the environment variable {name} {said}"))
        return environ[name]

    return _VARIABLE.sub(value, node)
