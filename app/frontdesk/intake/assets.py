"""Scripts and styles as they are served: without comments, and compressed once."""

import gzip
import mimetypes
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

import rcssmin
import rjsmin
from flask import abort, current_app, make_response, request
from werkzeug.http import generate_etag
from werkzeug.security import safe_join
from werkzeug.wrappers import Response

from frontdesk.resources import folder

_MINIFIERS = {".js": rjsmin.jsmin, ".css": rcssmin.cssmin}


class Asset(NamedTuple):
    """A file's content, and the same compressed; None where that makes no sense."""

    plain: bytes
    compressed: bytes | None
    etag: str


def respond(name: str, max_age: int | None = None) -> Response:
    """A file of static/; aborts with 404. `max_age` in seconds; else the browser asks each time."""
    found = safe_join(str(folder("static")), name)
    # Path.is_file() raises an OSError for a name longer than names can be.
    if found is None or not os.path.isfile(found):  # noqa: PTH113
        abort(404)
    # Who works on the files wants to see them as they are now.
    asset = (_read.__wrapped__ if current_app.debug else _read)(Path(found))
    type_ = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return send(asset, type_, f"max-age={max_age}" if max_age else "no-cache")


def send(asset: Asset, type_: str, cached: str) -> Response:
    """An asset in the form that the browser accepts; `cached`: for Cache-Control."""
    small = asset.compressed is not None and request.accept_encodings.quality("gzip") > 0
    response: Response = make_response(asset.compressed if small else asset.plain)
    response.mimetype = type_
    if asset.compressed is not None:
        response.vary.add("Accept-Encoding")
    if small:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(asset.etag + ("-gzip" if small else ""))
    response.headers["Cache-Control"] = cached
    return response.make_conditional(request)


def squeezed(content: bytes) -> bytes:
    """The same compressed, always to the same bytes."""
    return gzip.compress(content, 9, mtime=0)


@cache
def _read(path: Path) -> Asset:
    plain = path.read_bytes()
    minify = _MINIFIERS.get(path.suffix)
    if minify is not None:
        plain = minify(plain.decode()).encode()
    text = minify is not None or path.suffix == ".svg"
    return Asset(plain, squeezed(plain) if text else None, generate_etag(plain))
