"""What happens to a journal from outside: torn, merged with another machine's, doubled, old."""

import random
import sqlite3
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid5

from frontdesk.model import events
from frontdesk.model.codec import encode
from frontdesk.model.events import utcnow
from tests.faults.world import World
from tests.samples import received

NAMESPACE = UUID(int=7)
OLD = 20_000  # submissions, three lines each


def tear(world: World, chance: random.Random) -> None:
    """A process has died in the middle of a line."""
    if not world.journal.segments():
        return
    line = encode(received(first_name="Torn", email="torn@example.com"))
    with world.segment().open("ab") as file:
        file.write(line[: chance.randrange(1, len(line) - 2)])


def spoil(world: World, chance: random.Random) -> None:
    """Some bytes of the index are others."""
    for path in world.index():
        with suppress(FileNotFoundError), path.open("r+b") as file:
            file.seek(chance.randrange(max(1, path.stat().st_size)))
            file.write(chance.randbytes(30))


def empty(world: World, _: random.Random) -> None:
    """The index is gone, as after a restored backup of the journal alone."""
    for path in world.index():
        path.unlink(missing_ok=True)


def newer(world: World, _: random.Random) -> None:
    """Another version has made the index."""
    for path in world.index():
        if path.suffix == ".sqlite":
            with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=30)) as db:
                db.execute("PRAGMA user_version = 999")


def double(world: World, _: random.Random) -> None:
    """A copy of a segment lies beside it, as after a restored backup."""
    if world.journal.segments():
        path = world.segment()
        _appear(path, path.read_bytes(), f"{path.stem}.copy-{len(world.journal.segments())}.jsonl")


def merge(world: World, chance: random.Random) -> None:
    """Another machine's segment: owed there, under way there, delivered there."""
    lines = b""
    machine = len(world.merged)
    word = "".join(chance.choices("abcdefghijklmnop", k=8))
    for number in range(6):
        name = f"Petr {word}{'abcdef'[number]}"
        email = f"machine{machine}-{number}@example.com"
        first = received(first_name=name, email=email, at=utcnow() - timedelta(seconds=30))
        story: list[events.AnyEvent] = [first]
        if number % 3:
            attempt = events.Attempt(id=first.id, destination="crm")
            customer = _enter(world, name, email)
            story.append(attempt)
            if number % 3 == 2:
                story.append(
                    events.Delivered(
                        id=first.id,
                        destination="crm",
                        attempt=attempt.attempt,
                        customer_id=customer,
                    )
                )
        lines += b"".join(map(encode, story))
        world.merged[email] = str(first.id)
    stump = encode(received())[: chance.randrange(1, 100)]
    world.journal.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = world.journal.directory / f"{utcnow():%Y-%m-%d}.machine-{machine}.jsonl"
    _appear(path, lines + stump, path.name)


def age(world: World, _: random.Random) -> None:
    """Years of delivered enquiries, to be read at every start."""
    path = world.journal.directory / "2025-01-01.jsonl"
    if path.exists():
        return
    at = utcnow() - timedelta(days=300)
    first = received(UUID(int=1), at=at)
    attempt = events.Attempt(id=first.id, at=at, destination="crm")
    last = events.Delivered(id=first.id, at=at, destination="crm", attempt=attempt.attempt)
    story = b"".join(map(encode, (first, attempt, last)))
    old = str(first.id).encode()
    content = b"".join(
        story.replace(old, str(uuid5(NAMESPACE, str(number))).encode()) for number in range(OLD)
    )
    world.journal.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _appear(path, content, path.name)


def _enter(world: World, name: str, email: str) -> str:
    """The other machine has sent a lead, before the CRM fell ill; the customer's id."""
    world.mend_crms()
    client = world.sandbox.test_client()
    answer = client.post(
        "/ws/v10/create-lead",
        data={
            "login": "sandbox",
            "password": "sandbox",
            "name": name,
            "surname": "Nováková",
            "email": email,
        },
    )
    return answer.text


def _appear(beside: Path, content: bytes, name: str) -> None:
    """A whole file at once, as a careful operator would move it there."""
    part = beside.with_name(f"{name}.part")
    part.write_bytes(content)
    part.chmod(0o600)
    part.rename(beside.with_name(name))
