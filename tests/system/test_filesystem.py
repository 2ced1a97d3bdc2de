"""Where a ledger may lie: not in a folder that something copies, nor on another machine's disk."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from orangeday.clock import system_clock
from orangeday.errors import LedgerError
from orangeday.ledger.ledger import Ledger
from orangeday.system.filesystem import objection

unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows says it otherwise")

MOUNTINFO = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:25 / /mnt/share rw,noatime shared:2 - nfs4 server:/export rw,vers=4.2
31 22 0:26 / /mnt/the\040embassy rw - cifs //server/share rw,vers=3.0
32 22 0:27 / /home/ann/there rw,nosuid - fuse.sshfs ann@server:/ rw
33 22 0:28 / /mnt/share/local rw - xfs /dev/sdb1 rw
34 22 0:29 / /mnt/old rw - nfs server:/old rw
35 22 8:2 / /mnt/old rw - ext4 /dev/sdc1 rw
36 22 0:31 / /media/stick rw - vfat /dev/sdd1 rw
"""

MOUNT = """
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)
//ann@server/share on /Volumes/Press on Monday (smbfs, nodev, nosuid, mounted by ann)
"""


@unix
@pytest.mark.parametrize(
    ("file", "mounts", "kind"),
    [
        ("/mnt/share/campaign/orangeday.db", MOUNTINFO, "nfs4 at /mnt/share"),
        ("/mnt/the embassy/orangeday.db", MOUNTINFO, "cifs at /mnt/the embassy"),
        ("/home/ann/there/orangeday.db", MOUNTINFO, "fuse.sshfs"),
        ("/Volumes/Press on Monday/orangeday.db", MOUNT, "smbfs at /Volumes/Press on Monday"),
        ("/mnt/share/local/orangeday.db", MOUNTINFO, None),
        ("/mnt/shared/orangeday.db", MOUNTINFO, None),
        ("/mnt/old/orangeday.db", MOUNTINFO, None),
        ("/media/stick/orangeday.db", MOUNTINFO, None),
        ("/Users/ann/orangeday.db", MOUNT, None),
        ("/srv/orangeday.db", "", None),
        ("/srv/orangeday.db", "what is - this", None),
    ],
)
def test_a_network_drive_is_known_by_what_the_system_says(file: str, mounts: str, kind: str | None) -> None:
    found = objection(Path(file), {}, mounts)
    assert (kind in (found or "")) if kind else found is None


@pytest.mark.parametrize(
    ("folder", "title"),
    [
        ("OneDrive/campaign", "OneDrive"),
        ("OneDrive - FPS Foreign Affairs/press", "OneDrive"),
        ("Dropbox", "Dropbox"),
        ("Dropbox (Embassy)/16days", "Dropbox"),
        ("Google Drive", "Google Drive"),
        ("Library/Mobile Documents/com~apple~CloudDocs", "iCloud"),
        ("Library/CloudStorage/OneDrive-Personal", "a synced folder"),
        ("nextcloud/a/b/c", "Nextcloud"),
    ],
)
def test_a_synced_folder_is_known_by_its_name(tmp_path: Path, folder: str, title: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    found = objection(tmp_path / folder / "orangeday.db", {}, "")
    assert found
    assert f"it lies in {title} ({tmp_path.resolve()}" in found
    assert "a synced copy would not know what went out" in found


@pytest.mark.parametrize("name", [".stfolder", ".dropbox.cache", "._sync_8a1f.db", ".sync_8a1f.db"])
def test_a_synced_folder_is_known_by_what_lies_in_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "work/days").mkdir(parents=True)
    (tmp_path / "work" / name).touch()
    assert objection(tmp_path / "work/days/orangeday.db", {}, "")
    assert objection(tmp_path / "orangeday.db", {}, "") is None


def test_onedrive_is_known_by_its_own_variable(tmp_path: Path) -> None:
    environment: Mapping[str, str] = {"OneDriveCommercial": str(tmp_path / "Ministry"), "OneDrive": ""}
    assert objection(tmp_path / "Ministry/press/orangeday.db", environment, "")
    assert objection(tmp_path / "Ministry of mine/orangeday.db", environment, "") is None


@unix
def test_a_link_into_a_synced_folder_is_one(tmp_path: Path) -> None:
    (tmp_path / "OneDrive").mkdir()
    (tmp_path / "here").symlink_to(tmp_path / "OneDrive")
    assert objection(tmp_path / "here/orangeday.db", {}, "")


@pytest.mark.parametrize("folder", ["drive", "my dropbox notes", "one drive", "clouds"])
def test_an_ordinary_folder_is_none(tmp_path: Path, folder: str) -> None:
    assert objection(tmp_path / folder / "orangeday.db", {}) is None


def test_a_live_run_does_not_settle_in_there(tmp_path: Path, write: Callable[[Mapping[str, str]], Path]) -> None:
    write({"OneDrive/.keep": ""})
    with closing(Ledger(f"sqlite:///{tmp_path}/OneDrive/orangeday.db", system_clock)) as ledger:
        with pytest.raises(LedgerError, match=r"it lies in OneDrive .*nothing was sent"):
            ledger.claim_home("16days-2026", is_running=False)
        assert not ledger.events()
