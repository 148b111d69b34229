"""What is wrong with a configuration, and where."""

import json
import re
from collections.abc import Iterable, Iterator

Path_ = tuple[str | int, ...]
Problem = tuple[Path_, str]
_BARE = re.compile("[A-Za-z0-9_-]+")  # what TOML takes without quotes
_SHOWN = 80  # characters of a key


class ConfigError(Exception):
    """The configuration cannot be used; `problems` are lines for the operator."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(["the configuration cannot be used:", *problems]))
        self.problems = problems


def dotted(path: Path_) -> str:
    """A path as people write it, such as `forms.riverside.languages[1]`; empty for the root."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{_key(part)}" if text else _key(part)
    return text


def _key(name: str) -> str:
    """A key as a file may have it, on one line."""
    if len(name) > _SHOWN:
        name = f"{name[:_SHOWN]}…"
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def below(path: Path_, problems: Iterable[Problem]) -> Iterator[Problem]:
    """The same problems, whose paths begin at another path."""
    return (((*path, *place), said) for place, said in problems)
