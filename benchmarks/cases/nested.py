"""Records in records: a profile with its photos, prompts and preferences, and a page of an inbox."""

from itertools import islice
from typing import Any

from pydantic import BaseModel

from benchmarks.cases import Case
from benchmarks.data import fill_inboxes, fill_profiles, ids
from benchmarks.harness import OURS, Contender, Result, faster, race
from benchmarks.lab import Lab
from benchmarks.opened import opener
from benchmarks.peers import sqlalchemy_nested
from exchange_db import messaging, open_pool, profiles
from exchange_db.types import Page, UserId

__all__ = ["CASES"]

_PAGE = 20


def _dumped(model: BaseModel) -> dict[str, Any]:
    return model.model_dump()


def measure_profile(lab: Lab) -> list[Result]:
    with lab.database() as url, opener(lab) as peers:
        fill_profiles(url, lab.size.rows(10_000))
        pool = peers.open(open_pool(url))
        orm = peers.open(sqlalchemy_nested.open_engine(url))
        mine, theirs, theirs_as_models = ids(url), ids(url), ids(url)

        def ours() -> profiles.FullProfile:
            return profiles.get_full_profile(pool, user_id=UserId(next(mine)))

        return race(
            lab,
            "full-profile",
            Contender(OURS, ours, _dumped),
            [
                Contender(
                    sqlalchemy_nested.NAME,
                    lambda: orm.profile(next(theirs)),
                    lambda profile: _dumped(sqlalchemy_nested.as_profile(profile)),
                    faster(4),
                ),
                Contender(sqlalchemy_nested.NAME_PYDANTIC, lambda: orm.profile_model(next(theirs_as_models)), _dumped),
            ],
        )


def measure_inbox(lab: Lab) -> list[Result]:
    with lab.database() as url, opener(lab) as peers:
        fill_inboxes(url, lab.size.rows(1_000))
        pool = peers.open(open_pool(url))
        orm = peers.open(sqlalchemy_nested.open_engine(url))
        mine, theirs, theirs_joined, theirs_as_models = ids(url), ids(url), ids(url), ids(url)

        def ours() -> Page[messaging.InboxEntry]:
            return messaging.list_inbox(pool, user_id=UserId(next(mine)), limit=_PAGE)

        return race(
            lab,
            "inbox",
            Contender(OURS, ours, lambda page: [_dumped(entry) for entry in islice(page, _PAGE)]),
            [
                Contender(
                    sqlalchemy_nested.NAME,
                    lambda: orm.inbox(next(theirs), _PAGE),
                    lambda inbox: [_dumped(entry) for entry in sqlalchemy_nested.as_entries(inbox)],
                    faster(4),
                ),
                Contender(
                    sqlalchemy_nested.NAME_JOINED,
                    lambda: orm.inbox(next(theirs_joined), _PAGE, sqlalchemy_nested.JOINED),
                    lambda inbox: [_dumped(entry) for entry in sqlalchemy_nested.as_entries(inbox)],
                ),
                Contender(
                    sqlalchemy_nested.NAME_PYDANTIC,
                    lambda: orm.inbox_models(next(theirs_as_models), _PAGE),
                    lambda entries: [_dumped(entry) for entry in entries],
                ),
            ],
        )


CASES = (
    Case("full-profile", "a profile with 6 photos, 3 prompts and preferences, through a pool", measure_profile),
    Case("inbox", "20 conversations, each with the other one, the last message and what is unread", measure_inbox),
)
