"""The election: one holder a machine, free again however the holder dies."""

import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from frontdesk.store.files.lease import FileLease
from tests.support import eventually

# Stands for election on every line that it is sent, and answers.
CANDIDATE = """
import os, sys
from pathlib import Path
from frontdesk.store.files.lease import FileLease

election = FileLease(Path(sys.argv[1]))
for line in sys.stdin:
    match line.strip():
        case "win":
            print(election.win(), flush=True)
        case "resign":
            election.resign()
            print("resigned", flush=True)
        case "fork":
            child = os.fork()
            if not child:
                sys.stdin.close()
                print(os.getpid(), flush=True)
                import time; time.sleep(600)
        case "spawn":
            import subprocess
            script = "import time; time.sleep(600)"
            child = subprocess.Popen([sys.executable, "-c", script], close_fds=False)
            print(child.pid, flush=True)
"""


class Candidate:
    """A process that stands for election when asked."""

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", CANDIDATE, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ask(self, word: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        self.kill()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream
            stream.close()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "var" / "courier.lock"


@pytest.fixture
def candidate(lock: Path) -> Iterator[Callable[[], Candidate]]:
    candidates: list[Candidate] = []

    def start() -> Candidate:
        candidates.append(Candidate(lock))
        return candidates[-1]

    yield start
    for each in candidates:
        each.close()


def test_one_of_several_processes_wins(candidate: Callable[[], Candidate]) -> None:
    field = [candidate() for _ in range(4)]
    assert sorted(each.ask("win") for each in field) == ["False", "False", "False", "True"]
    assert [each.ask("win") for each in field].count("True") == 1, "asked again, nothing changes"


def test_a_killed_holder_is_followed(candidate: Callable[[], Candidate]) -> None:
    first, second = candidate(), candidate()
    assert (first.ask("win"), second.ask("win")) == ("True", "False")
    first.kill()
    assert second.ask("win") == "True"


def test_a_holder_can_resign(candidate: Callable[[], Candidate]) -> None:
    first, second = candidate(), candidate()
    assert (first.ask("win"), second.ask("win")) == ("True", "False")
    assert first.ask("resign") == "resigned"
    assert (second.ask("win"), first.ask("win")) == ("True", "False")


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_a_child_does_not_hold_it_for_a_dead_parent(
    candidate: Callable[[], Candidate], how: str
) -> None:
    first, second = candidate(), candidate()
    assert first.ask("win") == "True"
    child = int(first.ask(how))
    try:
        assert second.ask("win") == "False", "the child's end must not free the parent's lock"
        first.kill()
        # The child forgets the lock as soon as it runs, which may be after its parent's end.
        assert eventually(lambda: second.ask("win") == "True")
        assert Path(f"/proc/{child}").exists()
    finally:
        subprocess.run(["kill", f"-{signal.SIGKILL.value}", str(child)], check=True)


def test_two_in_one_process(lock: Path) -> None:
    first, second = FileLease(lock), FileLease(lock)
    assert first.win()
    assert first.win()
    assert not second.win()
    first.resign()
    assert second.win()
    second.resign()
    second.resign()
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600


def test_a_lock_that_cannot_be_made_is_an_error_not_a_loss(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("in the way")
    with pytest.raises(OSError, match="exists"):
        FileLease(tmp_path / "var" / "courier.lock").win()
