"""`make schema`: write every file that is computed from the migrations.

Applies the migrations to a private server, then writes the manifest of the migrations, ``sql/schema.sql``,
``docs/schema.md`` and the diagram in ``README.md``.
"""

import re
from pathlib import Path

import psycopg

from exchange_db.local_server import temporary_server
from exchange_db.migrations import MANIFEST, migrate, write_manifest
from exchange_db.resources import MIGRATIONS
from tools.catalog import Catalog, Constraint, Index, Table, as_sql, read_catalog

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BEGIN = "<!-- schema: `make schema` writes what is between these two lines -->"
END = "<!-- end of schema -->"

_NOTICE = "Written by `make schema` from the migrations; do not edit."
_SHORT = {
    "timestamp with time zone": "timestamptz",
    "double precision": "float8",
    "character varying": "varchar",
}


def schema_files(connection: psycopg.Connection) -> dict[Path, str]:
    """What the files should hold, according to a migrated database."""
    catalog = read_catalog(connection)
    picture = diagram(catalog)
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    sql = f"-- {_NOTICE}\n-- For reading; databases are made by the migrations.\n\n{as_sql(catalog)}"
    return {
        ROOT / "sql" / "schema.sql": sql,
        ROOT / "docs" / "schema.md": document(catalog, picture),
        README: f"{before}{BEGIN}\n\n{picture}\n{END}{after}",
    }


# --- the diagram -----------------------------------------------------------------------------------------


def diagram(catalog: Catalog) -> str:
    """Tables, columns, keys and relations, in Mermaid's language."""
    lines = ["```mermaid", "erDiagram"]
    for table in catalog.tables:
        lines.append(f"  {table.name} {{")
        for column in table.columns:
            keys = ", ".join(_keys(table, column.name))
            note = "" if column.required else '"optional"'
            lines.append("    " + " ".join(filter(None, [_word(column.type), column.name, keys, note])))
        lines.append("  }")
    for table in catalog.tables:
        lines += _relations(table)
    return "\n".join([*lines, "```", ""])


def _keys(table: Table, column: str) -> list[str]:
    kinds = {part.kind for part in table.constraints if column in part.columns}
    if [column] in _unique(table):
        kinds.add("u")
    return [name for kind, name in {"p": "PK", "f": "FK", "u": "UK"}.items() if kind in kinds]


def _unique(table: Table) -> list[list[str]]:
    """Column lists that are unique, other than the primary key."""
    return [c.columns for c in table.constraints if c.kind == "u"] + [i.columns for i in table.indexes if i.unique]


def _relations(table: Table) -> list[str]:
    required = {column.name for column in table.columns if column.required}
    unique = [*_unique(table), *(c.columns for c in table.constraints if c.kind == "p")]
    lines: list[str] = []
    for key in table.constraints:
        if key.kind == "f":
            one = "||" if required.issuperset(key.columns) else "|o"
            many = "o|" if key.columns in unique else "o{"
            lines.append(f'  {key.target} {one}--{many} {table.name} : "{", ".join(key.columns)}"')
    return lines


def _word(type_: str) -> str:
    """A type's name as one word: Mermaid takes letters, digits, brackets and underscores."""
    short = re.sub(r",.*(?=\))", "", _short(type_))
    return re.sub(r"[^\w()\[\]]+", "_", short)


def _short(type_: str) -> str:
    for long, short in _SHORT.items():
        type_ = type_.replace(long, short)
    return type_


# --- the document ----------------------------------------------------------------------------------------


def document(catalog: Catalog, picture: str) -> str:
    """Every table with its columns, the sentences of its constraints and the reasons of its indexes."""
    lines = [
        "# The schema",
        "",
        f"<!-- {_NOTICE} -->",
        "",
        f"Schema `exchange`: {catalog.comment}.",
        "",
        picture,
    ]
    for table in sorted(catalog.tables, key=lambda table: table.name):
        lines += [f"## {table.name}", "", f"{_sentence(table.comment)}", ""]
        lines += ["| column | type | |", "| --- | --- | --- |"]
        for column in table.columns:
            notes = ["" if column.required else "optional", column.comment or ""]
            lines.append(f"| {column.name} | {_short(column.type)} | {_cell('; '.join(filter(None, notes)))} |")
        rules: list[Constraint | Index] = [
            *table.constraints,
            *(index for index in table.indexes if index.unique),
        ]
        lines += ["", "| rule | what a refused row is told |", "| --- | --- |"]
        lines += [f"| {rule.name} | {_cell(rule.comment)} |" for rule in rules]
        if reasons := [index for index in table.indexes if not index.unique]:
            lines += ["", "| index | who rides it |", "| --- | --- |"]
            lines += [f"| {index.name} | {_cell(index.comment)} |" for index in reasons]
        lines.append("")
    return "\n".join(lines)


def _sentence(comment: str | None) -> str:
    text = comment or ""
    return f"{text[:1].upper()}{text[1:]}."


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")


def main() -> None:
    write_manifest()
    with temporary_server() as server:
        migrate(server.conninfo())
        with psycopg.connect(server.conninfo()) as connection:
            files = schema_files(connection)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    for path in (MIGRATIONS / MANIFEST, *files):
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
