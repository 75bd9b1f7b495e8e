"""docs/testing.md: its files, written to a folder as they stand, are a host's project whose tests pass."""

import os
import re
import subprocess
import sys
from pathlib import Path

from exchange_db.testing.databases import Server

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
FILE = re.compile(r"^```(?:python|sql)\n((?:#|--) (\S+\.(?:py|sql))\n.*?)^```", re.M | re.S)
BLOCK = re.compile(r"^```(?:python|sql)\n", re.M)

NULL = '''
import pytest, shop
from exchange_db.testing import FuzzFailure, fuzz
from hypothesis import strategies as st

def test_null(exchange_pool):
    with exchange_pool.connection() as conn:
        conn.execute("alter table shop.products alter name drop not null")
        conn.execute("insert into shop.products (currency, price) values ('EUR', 1)")
    with pytest.raises(FuzzFailure) as failure:
        fuzz(shop.get_product, exchange_pool)
    assert str(failure.value).startswith("""{}""")
'''
"""How the page's first failure comes about."""


def test_the_pages_project_passes(server: Server, tmp_path: Path) -> None:
    """Every block is a file, every test of it passes, and the failures that the page shows are what one sees."""
    text = PAGE.read_text("utf-8")
    files = FILE.findall(text)
    assert len(files) == len(BLOCK.findall(text)) >= 9
    shown = re.findall(r"^```text\n(.*?)^```", text, re.M | re.S)
    for content, name in [*files, (NULL.format(shown[0].strip().rstrip("…")), "tests/test_null.py")]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_DB_")}
    environment |= {
        "EXCHANGE_DB_TEST_URL": server.conninfo,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "pytest_exchange_db", "-p", "no:cacheprovider", "--rootdir", "."],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert f"{text.count('def test_') + 1} passed" in finished.stdout
