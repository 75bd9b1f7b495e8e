"""Password hashes: Argon2 for new ones; the bcrypt and Werkzeug hashes of older systems still verify.

Hashing takes tens of milliseconds of processor time on purpose: do it outside a transaction.
"""

from dataclasses import dataclass
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers import HasherProtocol
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher
from werkzeug.security import check_password_hash, generate_password_hash

__all__ = ["Verdict", "hash_password", "verify_password"]

_BCRYPT_READS = 72
"""bcrypt takes no more bytes; older versions of its library cut longer passwords off, newer ones refuse them."""


def _text(value: str | bytes) -> str:
    return value.decode(errors="surrogatepass") if isinstance(value, bytes) else value


class _Bcrypt(BcryptHasher):
    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002  pwdlib's protocol names it so
        encoded = password.encode(errors="surrogatepass") if isinstance(password, str) else password
        return super().verify(encoded[:_BCRYPT_READS], hash)


class _Werkzeug(HasherProtocol):
    """Werkzeug's ``scrypt:…$salt$hash`` and ``pbkdf2:…$salt$hash``."""

    @classmethod
    def identify(cls, hash: str | bytes) -> bool:  # noqa: A002  pwdlib's protocol names it so
        return _text(hash).startswith(("scrypt:", "pbkdf2:"))

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        return generate_password_hash(_text(password))  # pragma: no cover - pwdlib's protocol; new hashes are Argon2's

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:  # noqa: A002  pwdlib's protocol names it so
        return check_password_hash(_text(hash), _text(password))

    def check_needs_rehash(self, hash: str | bytes) -> bool:  # noqa: A002  pwdlib's protocol names it so
        return True  # pragma: no cover - pwdlib's protocol; it asks the newest hasher alone


_hashes = PasswordHash((Argon2Hasher(), _Bcrypt(), _Werkzeug()))


@dataclass(frozen=True)
class Verdict:
    """What verifying a password found."""

    matches: bool
    renewed_hash: str | None = None
    """A hash to store instead of the old one, whose algorithm or parameters are out of date."""


def hash_password(password: str) -> str:
    """An Argon2id hash of the password, salted at random (argon2-cffi's defaults: RFC 9106, low memory)."""
    return _hashes.hash(password.encode(errors="surrogatepass"))


@cache
def _nobodys_hash() -> str:
    return hash_password("")


def verify_password(password: str, password_hash: str | None) -> Verdict:
    """Whether the password is the one behind the hash.

    Without a hash the answer is no, after the work that an Argon2 hash would have taken: the time does not tell
    whether there is an account. A hash of an unknown kind matches nothing.
    """
    nobodys = _nobodys_hash()  # made once, and for whoever comes first: not only for those without an account
    try:
        matches, renewed = _hashes.verify_and_update(password.encode(errors="surrogatepass"), password_hash or nobodys)
    except (UnknownHashError, ValueError):
        return Verdict(matches=False)
    return Verdict(matches, renewed) if password_hash else Verdict(matches=False)
