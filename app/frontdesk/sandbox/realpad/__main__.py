"""`python -m frontdesk.sandbox.realpad`: the stand-in of Realpad, served by itself."""

import argparse

from frontdesk.sandbox.realpad.app import create_sandbox
from frontdesk.sandbox.serving import serve_until_interrupted


def main() -> None:
    """Serve in the foreground until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m frontdesk.sandbox.realpad",
        description="A stand-in of Realpad CRM, kept in memory.",
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8002, help="0 is any free one")
    parser.add_argument("--login", default="sandbox")
    parser.add_argument("--password", default="sandbox")
    options = parser.parse_args()
    app = create_sandbox(options.login, options.password)
    serve_until_interrupted(app, options.host, options.port)


if __name__ == "__main__":
    main()
