"""What is a file and what is not, and which file it was that the disk refused."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from div_opendata.base.disk import (
    UnfitFileError,
    copy_file,
    disk_problem,
    open_file,
    read_file,
    reason_of,
    write_file,
    writing,
)
from div_opendata.base.files import copy_whole, write_csv, write_whole


def test_a_file_of_just_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_file(path, 5) == b"12345"
    with pytest.raises(UnfitFileError, match="5 bytes, and at most 4"):
        read_file(path, 4)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(UnfitFileError, match="no ordinary file"):
        open_file(path)
    with pytest.raises(OSError, match="pipe") as refused, writing(path):
        pass
    assert "no ordinary file" in str(reason_of(refused.value))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices here")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_no_file(tmp_path: Path, device: str) -> None:
    (tmp_path / "link").symlink_to(device)
    with pytest.raises(UnfitFileError, match="no ordinary file"):
        read_file(tmp_path / "link")


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="no /proc here")
def test_what_has_more_than_it_says_is_no_file() -> None:
    """The files of /proc say that they are empty."""
    with pytest.raises(UnfitFileError, match="changes while it is read"):
        read_file(Path("/proc/version"))


def test_links_stay_within_a_folder(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "file").write_bytes(b"outside")
    (inside / "file").write_bytes(b"inside")
    (inside / "out").symlink_to(tmp_path / "file")
    (inside / "in").symlink_to("file")
    (inside / "loop").symlink_to("loop")
    (inside / "gone").symlink_to("nothing")
    assert read_file(inside / "in", within=inside) == b"inside"
    assert read_file(inside / "out") == b"outside"
    with pytest.raises(UnfitFileError, match="leads out of the workspace"):
        read_file(inside / "out", within=inside)
    with pytest.raises(UnfitFileError, match="leads nowhere"):
        read_file(inside / "loop", within=inside)
    with pytest.raises(FileNotFoundError):
        read_file(inside / "gone", within=inside)


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="no device that is full")
def test_a_full_disk_names_the_file() -> None:
    with pytest.raises(OSError, match="No space") as refused:
        write_file(FULL, b"x" * 100_000)
    problem = disk_problem(refused.value)
    assert problem
    assert problem.text("en") == "/dev/full: the disk is full.\nMake room there, then try again."
    assert problem.text("de") != problem.text("en")
    with pytest.raises(OSError, match="No space") as refused:
        write_csv(FULL, [["x" * 100_000]])
    assert refused.value.filename == "/dev/full"


def test_what_is_written_whole_is_named_by_its_place(tmp_path: Path) -> None:
    """Neither by the draft beside it, nor by the file that was copied."""
    (tmp_path / "source").write_bytes(b"new")
    (tmp_path / "file").mkdir()
    for action, given in (
        (write_whole, (tmp_path / "file", b"new")),
        (copy_whole, (tmp_path / "source", tmp_path / "file")),
        (copy_file, (tmp_path / "source", tmp_path / "file")),
    ):
        with pytest.raises(IsADirectoryError) as refused:
            action(*given)
        problem = disk_problem(refused.value)
        assert problem
        assert f"{tmp_path / 'file'}: it is a folder." in problem.text("en")


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "you are not allowed"),
        (errno.EROFS, "the disk can only be read"),
        (errno.ENAMETOOLONG, "the name is too long"),
    ],
)
def test_what_the_disk_refuses_has_a_remedy(number: int, says: str) -> None:
    problem = disk_problem(OSError(number, os.strerror(number), "draft", None, "records.xlsx"))
    assert problem
    assert f"records.xlsx: {says}" in problem.text("en")
    assert problem.remedy.text("de") != problem.remedy.text("en")


def test_a_bug_stays_a_bug() -> None:
    assert disk_problem(OSError(errno.ENOENT, "No such file or directory", "missing")) is None
    assert disk_problem(OSError(errno.EBADF, "Bad file descriptor")) is None


def test_no_room_for_temporary_files() -> None:
    """tempfile says that no folder is usable, whatever the reason is."""
    problem = disk_problem(FileNotFoundError(errno.ENOENT, "No usable temporary directory found"))
    assert problem
    assert "temporary" in problem.text("en")
