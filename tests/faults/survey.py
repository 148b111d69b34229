"""Many seeds, and a table of what was survived."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

from tests.faults.run import Result


def survey(
    seeds: Collection[int],
    names: Collection[str],
    run: Callable[[int, Path], Result],
    command: Callable[[int], str],
) -> int:
    """Run the seeds, each in a folder of its own, and print what came of them; an exit status.

    `names`: of all faults, for the table. `command`: what repeats a seed. What failed is kept.
    """
    survived, fatal = Counter[str](), 0
    for seed in seeds:
        kept = Path(tempfile.mkdtemp(prefix=f"frontdesk-faults-{seed}-"))
        try:
            problems, struck = run(seed, kept)
        except Exception as error:  # noqa: BLE001 - the other seeds have something to say too
            problems, struck = [f"{type(error).__name__}: {error}"], []
        print(f"seed {seed}: {'FAILED' if problems else 'well'} ({', '.join(struck)})", flush=True)
        if problems:
            fatal += 1
            print(*problems, f"look in {kept}", f"again: {command(seed)}", sep="\n", flush=True)
        else:
            survived.update(struck)
            shutil.rmtree(kept)
    width = max(map(len, names))
    rows = [f"{name:{width}}  {survived[name] or '-':>8}" for name in names]
    print(f"\n{'fault':{width}}  survived", *rows, sep="\n")
    return 1 if fatal else 0
