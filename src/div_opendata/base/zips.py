"""Zips of others, which may be damaged, or made to fill memory and time.

zipfile reads the whole list of files into the memory, and lets whatever a damaged file leads to
pass. No file of a zip gives more than the list says of it.
"""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from .disk import CHUNK, FILE_LIMIT

_LIST_LIMIT = 16 << 20  # bytes of the list of files: some hundred thousand
_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_END64_MARK = b"PK\x06\x07"  # stands right before the end of a zip of more than 4 GiB
_END64 = 20  # bytes of what begins with it
_LONGEST_COMMENT = 0xFFFF


_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError),
)
"""What zipfile raises where a file is no zip, or a zip that was cut off or tampered with."""


class DamagedZip(Exception):  # noqa: N818 - as zipfile.BadZipFile
    """A file is no zip, or one that was cut off, tampered with or encrypted, or is too large."""


@contextmanager
def open_zip(stream: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    """A zip that fits into memory and time. Raises DamagedZip, also for what its files lead to."""
    try:
        _refuse_long_list(stream)
        with zipfile.ZipFile(stream) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > FILE_LIMIT:
                raise DamagedZip
            yield archive
    except _DAMAGED as error:
        raise DamagedZip from error
    except OSError as error:
        if error.errno is not None:  # else it is bz2's, not the disk's
            raise
        raise DamagedZip from error


def _refuse_long_list(stream: IO[bytes]) -> None:
    length = stream.seek(0, 2)
    stream.seek(max(length - _END.size - _LONGEST_COMMENT, 0))
    tail = stream.read(_END.size + _LONGEST_COMMENT)
    stream.seek(0)
    start = tail.rfind(_END_MARK)
    is_large = tail[max(start - _END64, 0) :].startswith(_END64_MARK)
    if start < 0 or len(tail) < start + _END.size or is_large:
        raise DamagedZip
    if _END.unpack_from(tail, start)[5] > _LIST_LIMIT:
        raise DamagedZip


def chunks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The bytes of a file of a zip. Raises KeyError where there is none."""
    with archive.open(name) as member:
        while chunk := member.read(CHUNK):
            yield chunk
