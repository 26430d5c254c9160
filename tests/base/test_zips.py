"""Zips of others: read, or refused; never a traceback, and never more than fits."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from div_opendata.base import zips
from div_opendata.base.zips import DamagedZip, chunks, open_zip


def zipped(content: bytes = b"a,b\n1,2\n", kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", kind) as archive:
        archive.writestr("a.csv", content)
    return stream.getvalue()


def read(content: bytes, name: str = "a.csv") -> bytes:
    with open_zip(io.BytesIO(content)) as archive:
        return b"".join(chunks(archive, name))


def changed(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


WHOLE = zipped()
SPOILT = {
    "nothing": b"",
    "other": b"a,b\n1,2\n",
    "cut": WHOLE[:-10],
    "list-cut": WHOLE[:20] + WHOLE[30:],
    "content": changed(zipped(bytes(1000)), zipped(bytes(1000))[37:41], b"\xff\xff\xff\xff"),
    "checksum": changed(zipped(kind=zipfile.ZIP_STORED), b"1,2\n", b"1,3\n"),
    "encrypted": changed(
        WHOLE, b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
    ),
    "method": changed(WHOLE, b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x00\x00\x63\x00"),
    "large": WHOLE[:-22] + b"PK\x06\x07" + bytes(16) + WHOLE[-22:],
}


def test_a_whole_zip() -> None:
    assert read(WHOLE) == b"a,b\n1,2\n"
    with pytest.raises(KeyError):
        read(WHOLE, "b.csv")


@pytest.mark.parametrize("content", SPOILT.values(), ids=SPOILT)
def test_a_zip_that_is_none(content: bytes) -> None:
    with pytest.raises(DamagedZip):
        read(content)


def test_more_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the list says of its files, before any of them is read; and by its own length."""
    large = zipped(bytes(5000))
    monkeypatch.setattr(zips, "FILE_LIMIT", 5000)
    assert read(large) == bytes(5000)
    monkeypatch.setattr(zips, "FILE_LIMIT", 4999)
    with pytest.raises(DamagedZip):
        read(large)
    (length,) = struct.unpack("<L", WHOLE[-10:-6])
    monkeypatch.setattr(zips, "_LIST_LIMIT", length - 1)
    with pytest.raises(DamagedZip):
        read(WHOLE)


def test_what_goes_wrong_outside_is_not_the_zips() -> None:
    with pytest.raises(OSError, match="full"), open_zip(io.BytesIO(WHOLE)):
        raise OSError(28, "full")
