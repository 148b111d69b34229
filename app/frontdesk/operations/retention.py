"""Remove old days from the journal."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from frontdesk.model.account import CLAIMS_KEPT
from frontdesk.operations.errors import TooYoungError
from frontdesk.store.base import Store
from frontdesk.store.pruning import Pruned

LEAST_KEPT = CLAIMS_KEPT + timedelta(days=1)  # needed to recognise leads in a CRM's list


def prune(
    store: Store,
    older_than: timedelta,
    archive: Callable[[], AbstractContextManager[BinaryIO]] | None = None,
    *,
    dry_run: bool = False,
) -> Pruned:
    """Remove the days of the journal that are older than a time and entirely settled.

    `archive`: opens the file to which the days are copied first. With `dry_run` nothing is
    removed. Raises TooYoungError for less than LEAST_KEPT; OSError.
    """
    if older_than < LEAST_KEPT:
        raise TooYoungError(LEAST_KEPT)
    return store.prune((datetime.now(UTC) - older_than).date(), archive, dry_run=dry_run)
