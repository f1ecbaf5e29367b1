"""Passwords: what is accepted for one, and its argon2id hash.

Source of the parameters: RFC 9106, second recommended option (64 MiB, 3 passes), which is
argon2-cffi's default.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from app.errors import ConsoleError

MIN_PASSWORD_CHARS = 10
MAX_PASSWORD_CHARS = 200
MAX_NAME_CHARS = 32
_NAME = re.compile(rf"[\w.-]{{1,{MAX_NAME_CHARS}}}")
_FEW_CHARS = 3


def checked_name(name: str) -> str:
    """Return an operator's name as it is stored.

    Raises:
        ConsoleError: It is none.
    """
    name = same_name(name)
    if not _NAME.fullmatch(name):
        raise ConsoleError(
            f"账号名 {name!r} 不能用：1 到 {MAX_NAME_CHARS} 个汉字、字母、数字、. _ -，不要空格"
        )
    return name


def same_name(name: str) -> str:
    """Return a name so that what looks the same is the same: width, blanks around it."""
    return unicodedata.normalize("NFKC", name).strip()


def checked_password(name: str, password: str) -> str:
    """Return the password.

    Raises:
        ConsoleError: It is too short or easily guessed; the message says which.
    """
    if len(password) < MIN_PASSWORD_CHARS:
        raise ConsoleError(f"密码太短：至少 {MIN_PASSWORD_CHARS} 个字符，现在 {len(password)} 个")
    if len(password) > MAX_PASSWORD_CHARS:
        raise ConsoleError(f"密码太长：最多 {MAX_PASSWORD_CHARS} 个字符")
    if password.casefold().strip() == name.casefold():
        raise ConsoleError("密码不能就是账号名")
    if len(set(password)) <= _FEW_CHARS:
        raise ConsoleError("密码里不同的字符太少，容易被猜到")
    return password


def hash_password(password: str) -> str:
    """Return the hash, about 50 ms of a core and 64 MiB for that long."""
    return PasswordHasher().hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Return whether the password is right; just as long where there is no such operator."""
    try:
        PasswordHasher().verify(password_hash or _nobodys_hash(), password[:MAX_PASSWORD_CHARS])
    except VerifyMismatchError:
        return False
    except (InvalidHashError, VerificationError):
        return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Return whether a hash was made with other parameters than today's."""
    return PasswordHasher().check_needs_rehash(password_hash)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hash_password("nobody has this password")
