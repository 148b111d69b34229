"""Network shares are refused, by what the kernel says of mounts."""

from pathlib import Path

import pytest

from frontdesk.store.errors import JournalError
from frontdesk.store.files import mounts
from frontdesk.store.files.mounts import kind_of, refuse_network

SHOWN = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:26 / /srv/leads rw - nfs4 nas:/leads rw,vers=4.2
31 22 0:27 / /srv/our\040share rw - cifs //nas/share rw
32 22 254:1 / /srv/leads/local rw shared:2 master:1 - xfs /dev/vdb rw
33 22 0:28 / /mnt/twice rw - nfs nas:/x rw
34 22 254:2 / /mnt/twice rw - ext4 /dev/vdc rw
nonsense
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/frontdesk", "ext4"),
        ("/srv/leads", "nfs4"),
        ("/srv/leads/var", "nfs4"),
        ("/srv/leadsome", "ext4"),
        ("/srv/our share/var", "cifs"),
        ("/srv/leads/local/var", "xfs"),
        ("/mnt/twice", "ext4"),
    ],
)
def test_what_a_folder_is_on(folder: str, kind: str) -> None:
    assert kind_of(Path(folder), SHOWN) == kind


def test_a_share_is_refused_and_a_disk_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_network(tmp_path)
    shown = tmp_path / "mountinfo"
    monkeypatch.setattr(mounts, "MOUNTS", shown)
    refuse_network(tmp_path)  # nobody says
    shown.write_text(f"30 22 0:26 / {tmp_path} rw - nfs4 nas:/leads rw\n")
    with pytest.raises(JournalError, match=r"network share \(nfs4\).* local disk"):
        refuse_network(tmp_path / "var")
