"""Locks: written from a checked database, and compared with code where there is no database."""

import json
from pathlib import Path

from exchange_db.lock import check_offline, compare_locks, lock
from exchange_db.lock.files import read_lock
from tests.database.hosted import hosted, make_schema


def test_it(tmp_path: Path, database_url: str) -> None:
    make_schema(database_url)
    module = hosted(tmp_path)
    done = lock(module, db=database_url)
    print(done.report)
    print(done)
    for path in done.written:
        print(path.read_text())
    r = check_offline(module)
    print(r)
    assert r.ok
    r = compare_locks(module, db=database_url)
    print(r)
    assert 0
