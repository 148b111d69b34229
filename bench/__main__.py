"""`python -m bench`: both benchmarks, or the one that is named."""

import argparse
import logging
import tempfile
from pathlib import Path

from bench import append, submission
from bench.common import machine

BENCHMARKS = {"append": append.run, "submission": submission.run}
ON_DISK = Path("/var/tmp")  # /tmp is often memory, where a flush costs nothing


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="append|submission", default=[*BENCHMARKS])
    parser.add_argument("--seconds", type=float, default=1.0, help="per cell and round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dir", type=Path, default=ON_DISK, help="a directory on a real disk")
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    logging.getLogger("frontdesk").setLevel(logging.CRITICAL)
    print(machine(options.dir))
    for name in options.names:
        with tempfile.TemporaryDirectory(prefix="frontdesk-bench-", dir=options.dir) as scratch:
            path = Path(scratch)
            path.chmod(0o755)  # PostgreSQL may have to run as a user of its own
            print()
            BENCHMARKS[name](path, options.seconds, options.rounds)


if __name__ == "__main__":
    main()
