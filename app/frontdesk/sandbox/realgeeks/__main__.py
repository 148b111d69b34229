"""`python -m frontdesk.sandbox.realgeeks`: the stand-in of Real Geeks, served by itself."""

import argparse
from uuid import UUID

from frontdesk.sandbox.realgeeks.app import SITE, create_sandbox
from frontdesk.sandbox.serving import serve_until_interrupted


def main() -> None:
    """Serve in the foreground until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m frontdesk.sandbox.realgeeks",
        description="A stand-in of Real Geeks, kept in memory.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8003, help="0 is any free one")
    parser.add_argument("--username", default="sandbox")
    parser.add_argument("--password", default="sandbox")
    parser.add_argument("--site", type=UUID, default=SITE, help="the site's UUID")
    options = parser.parse_args()
    app = create_sandbox(options.username, options.password, options.site)
    serve_until_interrupted(app, options.host, options.port)


if __name__ == "__main__":
    main()
