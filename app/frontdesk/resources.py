"""Where static files, templates, examples and translations are, in a checkout and in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The directory of `static`, `templates`, `examples` or `translations`.

    A wheel carries all of them inside the package; a checkout keeps the first three at its top.
    """
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parents[1] / name
