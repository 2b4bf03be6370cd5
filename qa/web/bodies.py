"""What a request brings: who sent it, its body as JSON or as a file, within limits."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from fastapi import HTTPException, Request

__all__ = ["check_sent_by_page", "json_body", "received", "string_of", "user_of"]

_MAX_BODY_BYTES = 8 * 2**20


def user_of(request: Request) -> str:
    """Name of the person who sent it; empty where nobody signs in."""
    return str(getattr(request.state, "user", "") or "")


async def json_body(request: Request) -> dict[str, Any]:
    """The body as an object; a content type that a form can send is refused."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "JSON expected")
    raw = bytearray()
    async for chunk in request.stream():
        raw.extend(chunk)
        if len(raw) > _MAX_BODY_BYTES:
            raise HTTPException(413, "too large")
    try:
        found = json.loads(bytes(raw))
    except ValueError:
        raise HTTPException(400, "not JSON") from None
    if not isinstance(found, dict):
        raise HTTPException(400, "an object expected")
    return found


def string_of(body: dict[str, Any], name: str, default: str = "") -> str:
    """A string of the body; ``400`` for anything else."""
    value = body.get(name, default)
    if not isinstance(value, str):
        raise HTTPException(400, f"{name} must be a string")
    return value


async def received(request: Request, limit: int, suffix: str = "") -> Path:
    """The body in a temporary file; ``413`` as soon as it is longer than ``limit``."""
    with tempfile.NamedTemporaryFile(prefix="wenju-", suffix=suffix, delete=False) as file:
        path = Path(file.name)
        received = 0
        try:
            async for chunk in request.stream():
                received += len(chunk)
                if received > limit:
                    raise HTTPException(413, "size")
                file.write(chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return path


def check_sent_by_page(request: Request) -> None:
    """Refuse a body that a form of another site could have sent."""
    if request.headers.get("content-type") != "application/octet-stream":
        raise HTTPException(415, "a file expected")
