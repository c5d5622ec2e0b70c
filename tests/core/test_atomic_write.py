"""A file that is replaced in one step."""

import os
from pathlib import Path

import pytest

from dojobber_nb.core.atomic_write import write_atomically

posix_modes = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")


@posix_modes
@pytest.mark.parametrize(("before", "after"), [(None, 0o640), (0o600, 0o600), (0o664, 0o664)])
def test_a_new_file_gets_the_mode_of_new_files_and_a_replaced_one_keeps_its_own(
    tmp_path: Path, before: int | None, after: int
) -> None:
    file = tmp_path / "file"
    if before is not None:
        file.write_bytes(b"old")
        file.chmod(before)
    umask = os.umask(0o027)
    try:
        write_atomically(file, b"new")
    finally:
        os.umask(umask)
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == after
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_what_cannot_be_written_leaves_everything_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match="folder"):
        write_atomically(folder, b"new")
    assert list(tmp_path.iterdir()) == [folder]
