"""`python -m tests.faults`: many seeds, and a table of what was survived."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults.run import Result, command, run
from tests.faults.schedule import FAULTS
from tests.faults.storm import storm
from tests.faults.survey import survey


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="so many of them, from 0 on")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--submissions", type=int, default=500)
    parser.add_argument("--faults", type=int, default=25, help="so many a seed")
    parser.add_argument(
        "--storm", type=int, metavar="SECONDS", help="only kill the courier and a worker a second"
    )
    options = parser.parse_args()
    if options.storm is not None:
        return _storm(options.storm)
    seeds = range(options.seeds) if options.seed is None else [options.seed]
    submissions, faults = options.submissions, options.faults

    def one(seed: int, folder: Path) -> Result:
        return run(seed, submissions, faults, folder)

    return survey(seeds, FAULTS, one, lambda seed: command(seed, submissions, faults))


def _storm(seconds: int) -> int:
    kept = Path(tempfile.mkdtemp(prefix="frontdesk-storm-"))
    problems, killed = storm(seconds, kept)
    print(f"{killed} processes killed: {'FAILED' if problems else 'well'}")
    if problems:
        print(*problems, f"look in {kept}", sep="\n")
    else:
        shutil.rmtree(kept)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
