"""Signing in: names with scrypt-hashed passwords in a file, sessions in memory, a cookie that scripts cannot read.

``python -m qa.web.auth FILE NAME`` adds a name to the file or changes its password.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import hmac
import os
import secrets
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from index.errors import WenjuError

__all__ = [
    "AuthFileError",
    "Sessions",
    "TooManyTriesError",
    "hash_password",
    "main",
    "read_users",
    "verify_password",
]

_N, _R, _P = 2**14, 8, 1
_MEMORY = 64 * 2**20
_SESSION_SECONDS = 12 * 3600
_TRIES, _TRY_SECONDS = 10, 300
_GATES = 64
"""So many clients at most have their passwords looked at side by side."""
_SHORTEST_PASSWORD = 8


class AuthFileError(WenjuError):
    """The file of names and passwords cannot be used."""


class TooManyTriesError(WenjuError):
    """A client has failed too often lately; the password was not looked at."""


def hash_password(password: str, *, salt: bytes | None = None) -> str:
    """Return ``scrypt$n$r$p$salt$hash`` for a password."""
    salt = salt or secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MEMORY)
    return "$".join(("scrypt", str(_N), str(_R), str(_P), _text(salt), _text(digest)))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def verify_password(password: str, hashed: str) -> bool:
    """Tell whether ``password`` is the one that was hashed."""
    try:
        kind, n, r, p, salt, digest = hashed.split("$")
        if kind != "scrypt":
            return False
        made = hashlib.scrypt(
            password.encode(), salt=base64.b64decode(salt), n=int(n), r=int(r), p=int(p), maxmem=_MEMORY
        )
        return hmac.compare_digest(made, base64.b64decode(digest))
    except ValueError:
        return False


def read_users(path: Path) -> dict[str, str]:
    """Read ``name:hash`` lines.

    Raises
    ------
    AuthFileError
        The file cannot be read, holds no name, or a password that is not hashed.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise AuthFileError(f"{path} cannot be read: {error}") from None
    users: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, separator, hashed = line.strip().partition(":")
        if not separator or not name or not hashed.startswith("scrypt$") or hashed.count("$") != 5:
            raise AuthFileError(
                f"{path}, line {number}: expected name:scrypt$…; add names with: python -m qa.web.auth {path} NAME"
            )
        users[name] = hashed
    if not users:
        raise AuthFileError(f"{path} holds no name; add one with: python -m qa.web.auth {path} NAME")
    return users


class Sessions:
    """Signs people in and knows them again. Kept in memory: a restart signs everybody out."""

    def __init__(self, users: dict[str, str]) -> None:
        self._users = users
        self._sessions: dict[str, tuple[str, float]] = {}
        self._tries: dict[str, list[float]] = {}
        self._basic: dict[str, str] = {}
        self._lock = threading.Lock()
        self._gates = [threading.Lock() for _ in range(_GATES)]
        # Hashing for unknown names too, so that the time taken does not tell which names exist.
        self._decoy = hash_password(secrets.token_hex(8))

    def blocked(self, client: str) -> bool:
        """Whether a client has failed too often lately."""
        with self._lock:
            return self._too_many(client, time.monotonic())

    def _too_many(self, client: str, now: float) -> bool:
        recent = {one: [m for m in tries if now - m < _TRY_SECONDS] for one, tries in self._tries.items()}
        self._tries = {one: tries for one, tries in recent.items() if tries}
        return len(self._tries.get(client, ())) >= _TRIES

    def sign_in(self, name: str, password: str, client: str) -> str | None:
        """Return a new session's token; None for a wrong name or password.

        Raises
        ------
        TooManyTriesError
            The client has failed too often lately.
        """
        if not self._try(name, password, client):
            return None
        token = secrets.token_urlsafe(32)
        with self._lock:
            now = time.monotonic()
            self._sessions = {t: s for t, s in self._sessions.items() if s[1] > now}
            self._sessions[token] = (name, now + _SESSION_SECONDS)
        return token

    def _try(self, name: str, password: str, client: str) -> bool:
        """Whether the password is right. A client's tries are looked at one after the other, so that those made at once are counted too."""
        with self._gates[hash(client) % len(self._gates)]:
            with self._lock:
                if self._too_many(client, time.monotonic()):
                    raise TooManyTriesError(f"more than {_TRIES} tries in {_TRY_SECONDS} s")
            right = self._right(name, password)
            if not right:
                with self._lock:
                    self._tries.setdefault(client, []).append(time.monotonic())
        return right

    def _right(self, name: str, password: str) -> bool:
        hashed = self._users.get(name)
        return verify_password(password, hashed or self._decoy) and hashed is not None

    def user_of(self, token: str) -> str | None:
        """Return the name signed in with ``token``; None where it is unknown or too old."""
        found = self._sessions.get(token)
        return found[0] if found and found[1] > time.monotonic() else None

    def basic_user(self, credentials: str, client: str) -> str | None:
        """Return the name of an ``Authorization: Basic`` value, for programs; right ones are remembered by their hash."""
        key = hashlib.sha256(credentials.encode()).hexdigest()
        if key in self._basic:
            return self._basic[key]
        try:
            name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
            if not self._try(name, password, client):
                return None
        except (ValueError, TooManyTriesError):
            return None
        self._basic[key] = name
        return name

    def sign_out(self, token: str) -> None:
        """Forget a session."""
        with self._lock:
            self._sessions.pop(token, None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Add a name to a file, or change its password; the file is readable by its owner only."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) != 2 or given[0] in ("-h", "--help"):
        sys.stderr.write("usage: python -m qa.web.auth FILE NAME\n")
        return 2
    path, name = Path(given[0]), given[1]
    if ":" in name or not name.strip() or not name.isprintable():
        sys.stderr.write("wenju: a name holds no colon and no control characters\n")
        return 2
    password = getpass.getpass(f"Password for {name}: ")
    if len(password) < _SHORTEST_PASSWORD:
        sys.stderr.write(f"wenju: a password has at least {_SHORTEST_PASSWORD} characters\n")
        return 2
    if getpass.getpass("Again: ") != password:
        sys.stderr.write("wenju: the two passwords differ\n")
        return 2
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if line.partition(":")[0] != name]
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join([*kept, f"{name}:{hash_password(password)}"]) + "\n")
    fresh.replace(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
