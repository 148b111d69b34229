"""Where a folder really is: locks and durable appends hold on local disks only."""

from pathlib import Path

from frontdesk.store.errors import JournalError

MOUNTS = Path("/proc/self/mountinfo")
NETWORK = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "davfs"),
        *("glusterfs", "fuse.glusterfs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.davfs"),
    }
)


def refuse_network(folder: Path) -> None:
    """Raise JournalError for a folder on a network share, where that can be told."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return  # another system, which does not say
    kind = kind_of(folder.resolve(), mounts)
    if kind in NETWORK:
        raise JournalError(
            f"{folder}: is on a network share ({kind}), where nothing is locked or durable for"
            " sure; choose a folder on a local disk"
        )


def kind_of(folder: Path, mounts: str) -> str:
    """The kind of file system that a folder is on, by what proc_pid_mountinfo(5) says; or ""."""
    found = "", ""
    for line in mounts.splitlines():
        facts, _, rest = line.partition(" - ")
        fields = facts.split(" ")
        if len(fields) < 5 or not rest:
            continue
        point = _unescaped(fields[4])
        # A later mount on the same point hides the earlier one.
        if folder.is_relative_to(point) and len(point) >= len(found[0]):
            found = point, rest.split(" ")[0]
    return found[1]


def _unescaped(point: str) -> str:
    for code in ("\\040", "\\011", "\\012", "\\134"):
        point = point.replace(code, chr(int(code[1:], 8)))
    return point
