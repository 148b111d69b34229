"""Where static files, templates and translations are, in a checkout and in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The directory of `static`, `templates` or `translations`.

    A wheel carries all three inside the package; a checkout keeps the first two at its top.
    """
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parents[1] / name
