"""`show --evidence`: what proves a consent, as text and as a page to print that loads nothing."""

import hashlib
from base64 import b64encode

from frontdesk.cli.printing import console, hanging, plain
from frontdesk.operations.evidence import Evidence, Sent
from frontdesk.resources import folder


def show_text(found: Evidence) -> None:
    """Print the evidence for people at a terminal."""
    console.print(plain(f"{found.id}  {found.state}  form {found.form}"))
    if found.erased:
        console.print(plain("  the personal data was erased"))
    _rows("who", found.person)
    _rows("from", {"time": found.at.isoformat(), **found.origin})
    for one in found.agreements:
        said = "agreed" if one.granted else "did not agree"
        console.print(
            plain(f"  consent {one.id}: {said}, asked in {one.language or 'no language'}")
        )
        console.print(plain(f"    {hanging(one.text, 4)}"))
        sure = "is that of these words" if one.intact else "IS NOT THAT OF THESE WORDS"
        console.print(plain(f"    SHA-256 {one.sha256 or 'none'} {sure if one.sha256 else ''}"))
    for sent in found.sent:
        console.print(plain(f"  to {sent.destination} {sent.at.isoformat()}: {outcome(sent)}"))
        if isinstance(sent.parameters, dict):
            for key, value in sent.parameters.items():
                console.print(plain(f"    {hanging(f'{key}={value}', 6)}"))
    for later in found.later:
        who = f" by {later.by}" if later.by else ""
        console.print(plain(f"  {later.at.isoformat()}  {hanging(f'{later.what}{who}', 4)}"))


def _rows(title: str, facts: dict[str, str]) -> None:
    for key, value in facts.items():
        console.print(plain(f"  {title:<5} {key:<11} {hanging(value, 20)}"))


def outcome(sent: Sent) -> str:
    """How an attempt ended, in a line."""
    parts = [sent.outcome]
    if sent.status is not None:
        parts.append(f"answer {sent.status}")
    if sent.customer:
        parts.append(f"customer {sent.customer}")
    if sent.answer:
        parts.append(f"answered {sent.answer.splitlines()[0][:200]!r}")
    return ", ".join(parts)


def as_page(found: Evidence) -> str:
    """A page to print or to keep; it loads nothing, and runs nothing."""
    from jinja2 import Environment, FileSystemLoader  # 60 ms that only a page is worth

    templates = Environment(loader=FileSystemLoader(folder("templates")), autoescape=True)
    style = (folder("static") / "evidence.css").read_text(encoding="utf-8")
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = templates.get_template("print/evidence.html")
    return page.render(found=found, style=style, digest=digest, outcome=outcome)
