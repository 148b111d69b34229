"""Pages, compressed where that gives nothing away.

The length of a compressed page tells whether a stranger, who chose a part of the request, has
guessed something secret that stands beside it (BREACH). Frontdesk has no cookies and no sessions:
what a page holds is what its request brought, and a form token, which is another one in every page
and which anybody can fetch. Only the layout of a host site may have something of the visitor's own
in it, and only if the browser says who that is. So what is asked for with a cookie or a password
goes out as it is. So does every answer to a post, which repeats what a visitor typed.
"""

from flask import request
from werkzeug.wrappers import Response

from frontdesk.intake.assets import squeezed

WORTHWHILE = 1000  # bytes; less fits into one packet with the headers anyway


def compress(response: Response) -> Response:
    """Compress a page for those who accept it."""
    page = response.mimetype == "text/html" and not response.is_streamed
    if not page or request.method not in ("GET", "HEAD") or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    known = "Cookie" in request.headers or "Authorization" in request.headers
    if not known and request.accept_encodings.quality("gzip") > 0:
        plain = response.get_data()
        if len(plain) > WORTHWHILE:
            response.set_data(squeezed(plain))
            response.headers["Content-Encoding"] = "gzip"
    return response
