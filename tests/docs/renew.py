"""`python -m tests.docs.renew docs/realpad.md`: print a session as its commands answer now."""

import re
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs import pages
from tests.docs.session import LOOK, Step, Terminal, lasting, steps
from tests.docs.test_specifications import POINTS, PORTS

_BLOCK = re.compile(r"^```(\w*)\n.*?^```$\n", re.MULTILINE | re.DOTALL)
SETTLED = 2.0  # seconds in which what is looked at does not change any more


def said(terminal: Terminal, step: Step) -> str:
    """What a command says, once that is all."""
    text, _ = terminal.run(step.command)
    while LOOK.match(step.command):
        time.sleep(SETTLED)
        before, (text, _) = text, terminal.run(step.command)
        if lasting(text) == lasting(before):
            break
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


def renewed(markdown: str, terminal: Terminal) -> str:
    """The same session with what is said now."""

    def block(found: re.Match[str]) -> str:
        printed = []
        for step in steps(found[0]):
            text = said(terminal, step)
            printed.append("$ " + step.command.replace("\n", "\n> ") + "\n" + text)
        return f"```console\n{''.join(printed)}```\n" if found[1] == "console" else found[0]

    return _BLOCK.sub(block, markdown)


if __name__ == "__main__":
    for document in sys.argv[1:]:
        session = pages.section(document, POINTS)
        with TemporaryDirectory() as folder:
            terminal = Terminal(Path(folder), PORTS)
            try:
                anew = renewed(session, terminal)
            finally:
                terminal.close()
        path = pages.ROOT / document
        path.write_text(pages.text(document).replace(session, anew), encoding="utf-8")
