"""Checks on the zip archive that a Word or Excel file is, before any parser unpacks it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from index.errors import DocumentError

__all__ = ["MAX_UNPACKED_BYTES", "check_office_archive"]

MAX_UNPACKED_BYTES = 512 * 2**20
_MAX_MEMBERS = 10_000
_MAX_RATIO = 200
_RATIO_COUNTS_FROM = 20 * 2**20
_PROLOG_BYTES = 4096
# Office files have no document type; one is there to define entities: endless ones, or files of the reader's machine.
_DOCTYPE = re.compile(
    rb"<\x00?!\x00?(?:D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E|E\x00?N\x00?T\x00?I\x00?T\x00?Y)"
)


def check_office_archive(
    data: bytes, *, max_unpacked_bytes: int = MAX_UNPACKED_BYTES, max_xml_bytes: int = MAX_UNPACKED_BYTES
) -> None:
    """Refuse an archive that is broken, encrypted or a bomb, or whose XML defines entities.

    Raises
    ------
    DocumentError
        With the reason in one line.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_sizes(members, max_unpacked_bytes)
            xml = [member for member in members if member.filename.endswith((".xml", ".rels"))]
            if (size := sum(member.file_size for member in xml)) > max_xml_bytes:
                raise DocumentError(f"is too large: {size:,} bytes of XML (the limit is {max_xml_bytes:,})")
            for member in xml:
                with archive.open(member) as stream:
                    if _DOCTYPE.search(stream.read(_PROLOG_BYTES)):
                        raise DocumentError("is refused: its XML defines a document type or entities")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, zlib.error) as error:
        raise DocumentError(f"is broken: its zip archive cannot be opened ({error})") from error


def _check_sizes(members: list[zipfile.ZipInfo], max_unpacked_bytes: int) -> None:
    # The unpacker stops at the size a member declares, so that a false one cannot pass this check.
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if any(member.flag_bits & 0x1 for member in members):
        raise DocumentError("is encrypted with a password; save a copy without one")
    if len(members) > _MAX_MEMBERS:
        raise DocumentError(f"is refused: {len(members):,} files inside it (the limit is {_MAX_MEMBERS:,})")
    if unpacked > max_unpacked_bytes:
        raise DocumentError(
            f"is too large: it unpacks to {unpacked:,} bytes (the limit is {max_unpacked_bytes:,})"
        )
    if unpacked > _RATIO_COUNTS_FROM and unpacked > _MAX_RATIO * max(1, packed):
        raise DocumentError(
            f"is refused: it unpacks to {unpacked // max(1, packed)} times its size (a zip bomb?)"
        )
