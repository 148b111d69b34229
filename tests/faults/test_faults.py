"""A few seeds of the fault harness; `make faults` runs many."""

from pathlib import Path

import pytest

from tests.faults.fault import schedule
from tests.faults.run import command, run
from tests.faults.schedule import FAULTS

SUBMISSIONS, COUNT = 60, 9


@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_promised_is_kept_whatever_breaks(seed: int, tmp_path: Path) -> None:
    problems, struck = run(seed, SUBMISSIONS, COUNT, tmp_path)
    assert not problems, "\n".join([*problems, f"again: {command(seed, SUBMISSIONS, COUNT)}"])
    assert len(struck) >= COUNT // 2, "hardly any fault has struck"


def test_twenty_seeds_have_every_fault() -> None:
    assert {name for seed in range(20) for name in schedule(FAULTS, seed, 25)} == set(FAULTS)
