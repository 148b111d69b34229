"""What is wrong with a configuration, and where."""

from collections.abc import Iterable, Iterator

Path_ = tuple[str | int, ...]
Problem = tuple[Path_, str]


class ConfigError(Exception):
    """The configuration cannot be used; `problems` are lines for the operator."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(["the configuration cannot be used:", *problems]))
        self.problems = problems


def dotted(path: Path_) -> str:
    """A path as people write it, such as `forms.riverside.languages[1]`; empty for the root."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def below(path: Path_, problems: Iterable[Problem]) -> Iterator[Problem]:
    """The same problems, whose paths begin at another path."""
    return (((*path, *place), said) for place, said in problems)
