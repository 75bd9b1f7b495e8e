"""Accounts: every function with good and bad input, names without regard to case, races, plans."""

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, LiteralString

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from psycopg_pool import ConnectionPool

from exchange_db import accounts, matching, messaging, places, profiles, skills, study
from exchange_db.accounts import User
from exchange_db.errors import Conflict, ExchangeError, InvalidValue, NotFound
from exchange_db.types import Page, Point, Record, UserId
from tests.database.pages import walked
from tests.database.plans import MODES, explain
from tests.database.races import all_at_once, wait_until_blocked

Conn = psycopg.Connection[Any]
Pool = ConnectionPool[Any]
NOBODY = UserId(2**63 - 1)


def add_user(conn: Conn | Pool, email: str = "ada@example.org", **fields: Any) -> User:
    return accounts.create_user(conn, email=email, password_hash="hash", **fields)


# --- sign-up ---------------------------------------------------------------------------------------------


def test_a_new_account_has_everything_it_was_given(conn: Conn) -> None:
    """Every field comes back as typed, and an account starts active and ordinary."""
    user = add_user(conn, "Ada@Example.org", username="Ada", full_name="Ada Lovelace")
    assert (user.email, user.username, user.full_name) == ("Ada@Example.org", "Ada", "Ada Lovelace")
    assert user.is_active
    assert not user.is_superuser
    assert user.created_at == user.updated_at
    assert user.created_at.utcoffset() is not None
    assert accounts.get_user(conn, user_id=user.user_id) == user


def test_usernames_and_full_names_are_optional(conn: Conn) -> None:
    """Any number of accounts have no username: they do not collide."""
    first, second = add_user(conn, "a@example.org"), add_user(conn, "b@example.org")
    assert first.username is second.username is first.full_name is None


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@EXAMPLE.ORG", "aDa@eXample.oRg"])
def test_an_email_address_is_taken_in_every_case(conn: Conn, email: str) -> None:
    """A second account with the address, however it is written, is a conflict with a sentence for people."""
    add_user(conn, "Ada@Example.org")
    with pytest.raises(Conflict) as caught:
        add_user(conn, email)
    assert (caught.value.constraint, caught.value.sqlstate) == ("users_email_key", "23505")
    assert caught.value.sentence == "e-mail is already taken"
    assert caught.value.query == "accounts.create_user"


def test_a_username_is_taken_in_every_case(conn: Conn) -> None:
    """Usernames collide as e-mail addresses do."""
    add_user(conn, "a@example.org", username="Σίσυφος")
    with pytest.raises(Conflict) as caught:
        add_user(conn, "b@example.org", username="ΣΊΣΥΦΟΣ")
    assert (caught.value.constraint, caught.value.sentence) == ("users_username_key", "username is already taken")


@pytest.mark.parametrize(
    "email",
    [
        "",
        "@",
        "ada",
        "ada@",
        "@example.org",
        "a@b@c",
        "ada @example.org",
        "ada@example.org ",
        "ada@exam\tple.org",
        "ada@example.org\n",
        "ada\u00a0@example.org",
        "ada\u200b@example.org",
        "ada@\u0007example.org",
        "a" * 254 + "@b",
        "a" * 1_000_000 + "@b",
    ],
)
def test_an_email_address_that_cannot_be_one_is_refused(conn: Conn, email: str) -> None:
    """One @ with something on both sides, no white or invisible characters, 255 characters at most."""
    with pytest.raises(InvalidValue) as caught:
        add_user(conn, email)
    assert caught.value.constraint == "users_email_check"
    assert caught.value.sentence.startswith("an e-mail address has one @")


@pytest.mark.parametrize("email", ["a@b", "a" * 253 + "@b", "ä.ö+ü@münchen.de", "用户@例子.广告", "o'hara@x.org"])
def test_unusual_email_addresses_are_kept(conn: Conn, email: str) -> None:
    """What can be an address is accepted, up to the last character of the limit."""
    assert add_user(conn, email).email == email


@pytest.mark.parametrize(
    ("field", "value", "constraint"),
    [
        ("username", "", "users_username_check"),
        ("username", " \t\n", "users_username_check"),
        ("username", "\u200b\u2060", "users_username_check"),
        ("username", "x" * 51, "users_username_check"),
        ("full_name", "x" * 256, "users_full_name_check"),
        ("password_hash", "", "users_password_hash_check"),
        ("password_hash", "x" * 256, "users_password_hash_check"),
    ],
)
def test_other_fields_have_limits(conn: Conn, field: str, value: str, constraint: str) -> None:
    """Each limit is a constraint with a name and a sentence."""
    fields: dict[str, Any] = {"email": "a@example.org", "password_hash": "hash", field: value}
    with pytest.raises(InvalidValue) as caught:
        accounts.create_user(conn, **fields)
    assert caught.value.constraint == constraint
    assert accounts.count_users(conn) == 0


@pytest.mark.parametrize("text", ["nul\0", "\ud800", "\udfff half a pair"])
def test_what_is_no_text_is_refused(conn: Conn, text: str) -> None:
    """A NUL byte and a lone surrogate never reach a statement's middle: the caller gets InvalidValue."""
    for call in (
        lambda: add_user(conn, text + "@example.org"),
        lambda: add_user(conn, full_name=text),
        lambda: accounts.find_user_by_email(conn, email=text),
        lambda: accounts.find_credentials(conn, email=text),
    ):
        with pytest.raises(InvalidValue):
            call()
    assert accounts.count_users(conn) == 0


visible_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(full_name=st.none() | visible_text, username=st.none() | visible_text.map(lambda text: f"u{text}"[:50]))
def test_names_survive_the_round_trip(conn: Conn, full_name: str | None, username: str | None) -> None:
    """Any text that PostgreSQL can hold comes back as it was, and the record survives its own dump."""
    user = add_user(conn, full_name=full_name, username=username)
    try:
        assert (user.full_name, user.username) == (full_name, username)
        assert accounts.get_user(conn, user_id=user.user_id) == user
        assert User.model_validate_json(user.model_dump_json()) == user
    finally:
        accounts.delete_user(conn, user_id=user.user_id)


# --- look-ups --------------------------------------------------------------------------------------------


def test_what_is_not_there(conn: Conn) -> None:
    """``get_`` raises NotFound and ``find_`` answers None."""
    with pytest.raises(NotFound) as caught:
        accounts.get_user(conn, user_id=NOBODY)
    assert caught.value.query == "accounts.get_user"
    assert accounts.find_user_by_email(conn, email="nobody@example.org") is None
    assert accounts.find_user_by_username(conn, username="nobody") is None
    assert accounts.find_credentials(conn, email="nobody@example.org") is None


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("Ärger", "äRGER"),
        ("straße", "STRASSE"),
        ("ΟΔΥΣΣΕΎΣ", "οδυσσεύς"),
        ("οδυσσεύσ", "οδυσσεύς"),
        ("Привет", "пРИВЕТ"),
        ("İzmir", "i\u0307zmir"),
        ("ﬁn", "FIN"),
    ],
)
def test_letters_of_every_script_have_case(conn: Conn, stored: str, asked: str) -> None:
    """Both spellings find the account, where lower-casing one side alone would not."""
    user = add_user(conn, f"{stored}@example.org", username=stored)
    assert accounts.find_user_by_email(conn, email=f"{asked}@EXAMPLE.ORG") == user
    assert accounts.find_user_by_username(conn, username=asked) == user


european_letters = st.text(st.characters(categories=["Lu", "Ll", "Lt"], max_codepoint=0x58F), min_size=1, max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=european_letters)
def test_case_never_matters(conn: Conn, name: str) -> None:
    """A name's upper, lower, title and folded forms all mean the same account."""
    user = add_user(conn, username=name)
    try:
        for form in (name.upper(), name.lower(), name.casefold(), name.swapcase()):
            assert accounts.find_user_by_username(conn, username=form) == user
    finally:
        accounts.delete_user(conn, user_id=user.user_id)


def test_different_names_stay_different(conn: Conn) -> None:
    """Only case is disregarded: accents and white space are not."""
    for number, name in enumerate(["resume", "résumé", "re sume", "resume "]):
        add_user(conn, f"{number}@example.org", username=name)
    assert accounts.count_users(conn) == 4


def test_credentials_hold_the_hash_and_hide_it(conn: Conn) -> None:
    """Signing in finds the hash by the address in any case; printing the record does not show it."""
    user = accounts.create_user(conn, email="Ada@example.org", password_hash="$argon2id$secret")
    found = accounts.find_credentials(conn, email="ADA@example.org")
    assert found is not None
    assert (found.user_id, found.password_hash, found.is_active) == (user.user_id, "$argon2id$secret", True)
    assert "secret" not in repr(found)
    assert "secret" not in str(found)


def test_no_other_record_carries_the_hash() -> None:
    """Every record but ``Credentials`` can be logged or sent to a browser."""

    def records(kind: type[Record]) -> set[type[Record]]:
        return {kind}.union(*(records(each) for each in kind.__subclasses__()))

    ours = {kind for kind in records(Record) if kind.__module__ in {m.__name__ for m in (accounts, profiles, places)}}
    assert User in ours
    assert [kind.__name__ for kind in ours if "password_hash" in kind.model_fields] == ["Credentials"]


# --- lists and counts ------------------------------------------------------------------------------------


@pytest.fixture
def ten_users(conn: Conn) -> list[User]:
    """Ten accounts, newest first; those with an even number are deactivated."""
    users = [add_user(conn, f"{number}@example.org") for number in range(10)]
    return [
        accounts.deactivate_user(conn, user_id=user.user_id) if number % 2 == 0 else user
        for number, user in reversed(list(enumerate(users)))
    ]


@pytest.mark.parametrize("is_active", [None, True, False])
@pytest.mark.parametrize("limit", [1, 3, 50])
def test_pages_show_everybody_once(conn: Conn, ten_users: list[User], is_active: bool | None, limit: int) -> None:
    """Walking the pages gives the accounts in the state asked for, newest first, each exactly once, and back again."""
    seen = walked(accounts.list_users, conn, limit, is_active=is_active)
    assert seen == [user for user in ten_users if is_active in (None, user.is_active)]
    assert accounts.count_users(conn, is_active=is_active) == len(seen)


def test_pages_at_the_edges(conn: Conn, ten_users: list[User]) -> None:
    """No rows wanted is no page; all at once is the only one; nobody is an empty one."""
    with pytest.raises(InvalidValue):
        accounts.list_users(conn, limit=0)
    assert accounts.list_users(conn, limit=10) == Page(ten_users, None, None)
    conn.execute("delete from exchange.users")
    assert accounts.list_users(conn) == Page([], None, None)


# --- changes ---------------------------------------------------------------------------------------------


def test_update_user_replaces_three_fields(conn: Conn) -> None:
    """New e-mail address, username and full name; a null clears one; the rest stays, but updated_at moves."""
    user = add_user(conn, "ada@example.org", username="ada", full_name="Ada")
    changed = accounts.update_user(
        conn, user_id=user.user_id, email="ADA@example.org", username=None, full_name="Lovelace"
    )
    assert (changed.email, changed.username, changed.full_name) == ("ADA@example.org", None, "Lovelace")
    assert changed.created_at == user.created_at
    assert changed.updated_at > user.updated_at
    assert accounts.get_user(conn, user_id=user.user_id) == changed


def test_update_user_leaves_what_is_not_given(conn: Conn) -> None:
    """Any of the three alone; nothing at all is the account as it is."""
    user = add_user(conn, "ada@example.org", username="ada", full_name="Ada")
    user_id = user.user_id
    assert accounts.update_user(conn, user_id=user_id, full_name=None).full_name is None
    assert accounts.update_user(conn, user_id=user_id, username="countess").username == "countess"
    changed = accounts.update_user(conn, user_id=user_id, email="ada@example.net")
    assert (changed.email, changed.username, changed.full_name) == ("ada@example.net", "countess", None)
    assert accounts.update_user(conn, user_id=user_id).email == "ada@example.net"


def test_update_user_refuses_what_sign_up_refuses(conn: Conn) -> None:
    """Another's address is a conflict, a bad one invalid, nobody's account not found; nothing is changed."""
    user, other = add_user(conn, "ada@example.org"), add_user(conn, "bob@example.org", username="Bob")
    attempts: list[tuple[UserId, str, str | None, type[ExchangeError]]] = [
        (user.user_id, "BOB@example.org", None, Conflict),
        (user.user_id, "ada@example.org", "bob", Conflict),
        (user.user_id, "ada", None, InvalidValue),
        (NOBODY, "eve@example.org", None, NotFound),
    ]
    for user_id, email, username, error in attempts:
        with pytest.raises(error):
            accounts.update_user(conn, user_id=user_id, email=email, username=username, full_name=None)
    assert accounts.list_users(conn).items == [other, user]


def test_updated_at_moves_on_every_update(conn: Conn) -> None:
    """Also twice within one transaction, where now() stands still."""
    user = add_user(conn)
    with conn.transaction():
        first = accounts.deactivate_user(conn, user_id=user.user_id)
        second = accounts.reactivate_user(conn, user_id=user.user_id)
    assert user.updated_at < first.updated_at < second.updated_at


def test_a_hash_is_replaced_only_where_it_is_the_expected_one(conn: Conn) -> None:
    """A renewed hash never overwrites a password that was changed meanwhile."""
    user = add_user(conn)

    def replace(current: str, new: str, user_id: UserId = user.user_id) -> int:
        return accounts.set_password_hash(conn, user_id=user_id, current_hash=current, new_hash=new)

    assert replace("hash", "changed") == 1
    assert replace("hash", "renewed") == 0
    assert replace("changed", "x", NOBODY) == 0
    found = accounts.find_credentials(conn, email=user.email)
    assert found is not None
    assert found.password_hash == "changed"
    with pytest.raises(InvalidValue):
        replace("changed", " ")


def test_deactivating_and_reactivating_can_be_repeated(conn: Conn) -> None:
    """Both answer with the account; a deactivated one is still found."""
    user = add_user(conn)
    for _ in range(2):
        assert not accounts.deactivate_user(conn, user_id=user.user_id).is_active
    found = accounts.find_credentials(conn, email=user.email)
    assert found is not None
    assert not found.is_active
    for _ in range(2):
        assert accounts.reactivate_user(conn, user_id=user.user_id).is_active
    for call in (accounts.deactivate_user, accounts.reactivate_user, accounts.delete_user):
        with pytest.raises(NotFound):
            call(conn, user_id=NOBODY)


def test_deleting_a_user_takes_everything_along(conn: Conn) -> None:
    """Whatever a user has in any system goes with them, conversations and matches included; others keep theirs."""
    bob = add_user(conn, "bob@example.org").user_id
    profiles.create_profile(conn, user_id=bob, name="Bob")
    skills.set_skills(conn, user_id=bob, skills_to_offer=["tango"], skills_to_learn=[])
    subject = study.create_subject(conn, name="Mathematics").subject_id
    question = study.add_question(conn, subject_id=subject, year=2024, body="7 times 8?", answer="56").question_id
    before = rows_of_tables(conn)

    user = accounts.create_first_superuser(conn, email="ada@example.org", password_hash="hash")
    assert user is not None
    ada = user.user_id
    profiles.create_profile(conn, user_id=ada, name="Ada")
    profiles.add_photo(conn, user_id=ada, url="x")
    profiles.add_prompt(conn, user_id=ada, question="x", answer="x")
    places.add_playground(conn, added_by=ada, name="x", location=Point(longitude=0, latitude=0))
    skills.set_skills(conn, user_id=ada, skills_to_offer=[], skills_to_learn=["Tango"])
    matching.like(conn, actor_id=bob, target_id=ada)
    conversation = matching.like(conn, actor_id=ada, target_id=bob).conversation_id
    assert conversation is not None
    for one, other in ((ada, bob), (bob, ada)):
        messaging.send_message(conn, conversation_id=conversation, sender_id=one, body="hello")
        skills.rate_user(conn, rater_id=one, rated_id=other, conversation_id=conversation, stars=5)
    session = study.start_practice_session(conn, user_id=ada, subject_id=subject).session_id
    study.answer_question(conn, session_id=session, question_id=question, answer="56")
    unchanged = {table for table, rows in rows_of_tables(conn).items() if rows == before[table]}
    assert unchanged == {
        "areas",
        "subjects",
        "questions",
        "embedding_space",
        "products",
        "sales",
        "sale_requests",
        "events",
    }

    assert accounts.delete_user(conn, user_id=ada) == user
    assert rows_of_tables(conn) == before
    assert skills.get_rating_summary(conn, user_id=bob).rating_count == 0


def rows_of_tables(conn: Conn) -> dict[str, int]:
    """How many rows each table of the schema has, other than the sums of ratings: those are no one's rows."""
    tables = conn.execute("select tablename from pg_tables where schemaname = 'exchange' order by 1").fetchall()
    count = sql.SQL("select count(*) from exchange.{}")
    rows = {table: conn.execute(count.format(sql.Identifier(table))).fetchall()[0][0] for (table,) in tables}
    return {table: number for table, number in rows.items() if table != "reputations"}


# --- the first superuser ---------------------------------------------------------------------------------


def first_superuser(conn: Conn | Pool, email: str = "root@example.org") -> User | None:
    return accounts.create_first_superuser(conn, email=email, password_hash="hash", username=None)


def test_the_first_superuser_is_made_once(conn: Conn) -> None:
    """The second call answers None and makes nothing; ids stay those of the table's own sequence."""
    ordinary = add_user(conn)
    user = first_superuser(conn)
    assert user is not None
    assert user.is_superuser
    assert user.is_active
    assert user.user_id > ordinary.user_id
    assert accounts.get_user(conn, user_id=user.user_id) == user
    assert first_superuser(conn, "other@example.org") is None
    assert add_user(conn, "next@example.org").user_id > user.user_id
    assert accounts.count_users(conn) == 3


def test_any_superuser_counts(conn: Conn) -> None:
    """One made by create_user, a deactivated one, and one that is left when the first was deleted."""
    made = add_user(conn, is_superuser=True)
    assert made.is_superuser
    assert first_superuser(conn) is None
    accounts.deactivate_user(conn, user_id=made.user_id)
    assert first_superuser(conn) is None
    another = add_user(conn, "bob@example.org", is_superuser=True)
    accounts.delete_user(conn, user_id=made.user_id)
    assert first_superuser(conn) is None
    accounts.deactivate_user(conn, user_id=another.user_id)
    assert first_superuser(conn) is None
    accounts.delete_user(conn, user_id=another.user_id)
    assert first_superuser(conn) is not None


def test_the_first_superuser_needs_a_free_address(conn: Conn) -> None:
    """An address that is taken is a conflict, after which another one can still be used."""
    add_user(conn, "root@example.org")
    with pytest.raises(Conflict):
        first_superuser(conn, "ROOT@example.org")
    assert first_superuser(conn, "root2@example.org") is not None


# --- races -----------------------------------------------------------------------------------------------


@pytest.fixture
def other(database_url: str) -> Generator[Conn]:
    """A second connection to the same database."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield connection


def test_sign_up_races_have_one_winner(pool: Pool) -> None:
    """Whoever loses gets a conflict that names the address, and no half of an account is left."""
    outcomes = all_at_once(8, lambda number: add_user(pool, ["ada@example.org", "ADA@EXAMPLE.ORG"][number % 2]))
    assert len([each for each in outcomes if isinstance(each, User)]) == 1
    assert {each.constraint for each in outcomes if isinstance(each, Conflict)} == {"users_email_key"}
    assert accounts.count_users(pool) == 1


def test_first_superuser_races_have_one_winner(pool: Pool) -> None:
    """Of many servers that start at once one makes the superuser and the others are told that there is one."""
    outcomes = all_at_once(8, lambda number: first_superuser(pool, f"root{number}@example.org"))
    assert len([each for each in outcomes if isinstance(each, User)]) == 1
    assert outcomes.count(None) == 7
    assert accounts.count_users(pool) == 1


Maker = Callable[[Conn], User | None]
MAKERS: dict[str, Maker] = {
    "create_first_superuser": first_superuser,
    "create_user": lambda conn: add_user(conn, is_superuser=True),
}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("commits", [True, False])
def test_the_second_waits_for_the_first(conn: Conn, other: Conn, maker: str, commits: bool) -> None:
    """While another transaction makes a superuser, create_first_superuser waits; what it does then is right."""
    with (
        ThreadPoolExecutor(1) as threads,
        psycopg.Connection[Any].connect(conn.info.dsn, password=conn.info.password) as first,
    ):
        MAKERS[maker](first)
        second: Future[User | None] = threads.submit(first_superuser, other, "second@example.org")
        wait_until_blocked(conn)
        if commits:
            first.commit()
        else:
            first.rollback()
        result = second.result(timeout=10)
    assert (result is None) == commits
    assert accounts.count_users(conn) == 1


# --- plans -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_look_ups_ride_their_indexes(conn: Conn, mode: LiteralString) -> None:
    """With 20,000 accounts no look-up reads the table, whether PostgreSQL plans for the values or without them."""
    conn.execute("""
        insert into exchange.users (email, username, password_hash, is_active)
        select n || '@example.org', 'user' || n, 'hash', n % 1000 <> 0 from generate_series(1, 20000) as n
    """)
    conn.execute("analyze exchange.users")
    conn.execute("set plan_cache_mode = " + mode)
    users = partial(explain, conn, accounts.list_users)
    for plan, index, rows in [
        (explain(conn, accounts.get_user, "77"), "users_pkey", 1),
        (explain(conn, accounts.find_user_by_email, "77@EXAMPLE.org"), "users_email_key", 1),
        (explain(conn, accounts.find_credentials, "77@EXAMPLE.org"), "users_email_key", 1),
        (explain(conn, accounts.find_user_by_username, "USER77"), "users_username_key", 1),
        (users("false", "51", variant="is_active / first page"), "users_is_active_idx", 20),
        (users("false", "500", "51", variant="is_active / next page"), "users_is_active_idx", 0),
        (users("true", "500", "51", variant="is_active / next page"), "users_is_active_idx", 51),
        (users("true", "500", "51", variant="is_active / previous page"), "users_is_active_idx", 51),
        (explain(conn, accounts.count_users, "false"), "users_is_active_idx", 20),
        (users("500", "51", variant="not is_active / next page"), "users_pkey", 51),
        (users("500", "51", variant="not is_active / previous page"), "users_pkey", 51),
    ]:
        assert index in plan.indexes, plan.text
        assert plan.rows_read <= rows, plan.text
