"""Password hashes: new ones, those of older systems, and what is no hash at all."""

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pwdlib.hashers.argon2 import Argon2Hasher
from werkzeug.security import generate_password_hash

from exchange_db.passwords import hash_password, verify_password

PASSWORD = "pässwörd"
OLD = {
    "bcrypt": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    "scrypt": generate_password_hash(PASSWORD, "scrypt:1024:8:1"),
    "pbkdf2": generate_password_hash(PASSWORD, "pbkdf2:sha256:10"),
    "weak argon2": Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD),
}


def test_a_new_hash_is_argon2id_and_salted() -> None:
    """Two hashes of a password differ, and both verify without needing renewal."""
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    assert first.startswith("$argon2id$")
    assert first != second
    for password_hash in (first, second):
        verdict = verify_password(PASSWORD, password_hash)
        assert verdict.matches
        assert verdict.renewed_hash is None


@pytest.mark.parametrize("kind", OLD)
def test_an_old_hash_verifies_and_is_renewed(kind: str) -> None:
    """Hashes of the older systems, and Argon2 with weak parameters, match once more and give a modern hash."""
    verdict = verify_password(PASSWORD, OLD[kind])
    assert verdict.matches
    assert verdict.renewed_hash is not None
    assert verify_password(PASSWORD, verdict.renewed_hash).matches
    assert not verify_password("wrong", OLD[kind]).matches
    assert verify_password("wrong", OLD[kind]).renewed_hash is None


def test_bcrypt_reads_72_bytes() -> None:
    """A longer password verifies against a bcrypt hash as older libraries made it, and does not fail."""
    long = "x" * 100
    assert verify_password(long, bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()).matches


@pytest.mark.parametrize(
    "password_hash", [None, "", "plain text", "scrypt:1$a$b", "$argon2id$v=19$broken", "$2b$04$short"]
)
def test_what_is_no_hash_matches_nothing(password_hash: str | None) -> None:
    """Neither a missing nor a broken hash raises; nobody gets in, not even with an empty password."""
    assert not verify_password("", password_hash).matches
    assert not verify_password(PASSWORD, password_hash).matches


@settings(max_examples=5, deadline=None)
@given(password=st.text(st.characters(), min_size=1))
def test_any_text_is_a_password(password: str) -> None:
    """Whatever a text holds, NUL and lone surrogates too, its own hash matches and another's does not."""
    password_hash = hash_password(password)
    assert verify_password(password, password_hash).matches
    assert not verify_password(password + "x", password_hash).matches
