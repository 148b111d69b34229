"""`python -m tests.faults.machines`: many seeds of faults on several machines, and a table."""

import argparse
import sys
from pathlib import Path

import pytest

from tests.faults.machines.run import chosen, command, run
from tests.faults.machines.schedule import FAULTS
from tests.faults.run import Result
from tests.faults.survey import survey
from tests.postgresql import program


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.machines", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="so many of them, from 0 on")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--submissions", type=int, default=150)
    parser.add_argument("--faults", type=int, default=20, help="so many a seed")
    parser.add_argument("--only", nargs="+", metavar="FAULT", help="these, whatever the seed")
    options = parser.parse_args()
    try:
        program("postgres")
    except pytest.skip.Exception as missing:
        print(f"nothing is tried on several machines: {missing.msg}")
        return 0
    seeds = range(options.seeds) if options.seed is None else [options.seed]

    def one(seed: int, folder: Path) -> Result:
        names = options.only or chosen(seed, options.faults)
        return run(seed, options.submissions, names, folder)

    return survey(
        seeds, FAULTS, one, lambda seed: command(seed, options.submissions, options.faults)
    )


if __name__ == "__main__":
    sys.exit(main())
