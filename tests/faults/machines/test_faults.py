"""A few faults on several machines; `make faults` has many seeds of them all."""

from pathlib import Path

from tests.faults.machines.run import chosen, run
from tests.faults.machines.schedule import FAULTS

SUBMISSIONS = 20
FEW = ["kill -9 of one web", "network of a web cut", "lease holder stopped", "connections ended"]


def test_what_was_promised_is_kept_on_several_machines(tmp_path: Path) -> None:
    problems, struck = run(1, SUBMISSIONS, FEW, tmp_path)
    assert not problems, "\n".join(problems)
    assert {"kill -9 of one web", "connections ended"} <= {*struck}


def test_ten_seeds_have_every_fault() -> None:
    assert {name for seed in range(10) for name in chosen(seed, 20)} == set(FAULTS)
