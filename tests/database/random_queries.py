"""Random queries over three small tables, and random rows for these: to compare proofs with what comes back."""

from dataclasses import dataclass
from random import Random

SCHEMA = """
create schema gen;
create type gen.mood as enum ('sad', 'glad');
create table gen.a (id int primary key, n int, m int not null, t text, s text not null, f boolean, g boolean not null);
create table gen.b (id int primary key, a_id int, n int, m int not null, t text, s text not null, f boolean not null);
create table gen.c (id int not null, b_id int, n int check (n is not null), t text, f boolean);
create view gen.v as
select a.id, a.n, a.m, b.id as b_id, b.t, b.s from gen.a left join gen.b on b.a_id = a.id;
"""

TABLES = {
    "gen.a": {"id": "int", "n": "int", "m": "int", "t": "text", "s": "text", "f": "bool", "g": "bool"},
    "gen.b": {"id": "int", "a_id": "int", "n": "int", "m": "int", "t": "text", "s": "text", "f": "bool"},
    "gen.c": {"id": "int", "b_id": "int", "n": "int", "t": "text", "f": "bool"},
    "gen.v": {"id": "int", "n": "int", "m": "int", "b_id": "int", "t": "text", "s": "text"},
}
_NOT_NULL = {"gen.a": "m s g", "gen.b": "m s f", "gen.c": "id n"}
_VALUES = {"int": ["0", "1", "2"], "text": ["''", "'x'", "'y'"], "bool": ["true", "false"]}


def rows(random: Random) -> str:
    """Statements that give the tables other rows, of any number and with NULLs wherever they may be."""
    statements = ["truncate gen.a, gen.b, gen.c"]
    for table, not_null in _NOT_NULL.items():
        for key in range(random.choice([0, 1, 1, 2, 3])):
            values: list[str] = []
            for name, kind in TABLES[table].items():
                if name == "id":
                    values.append(str(key))
                elif name not in not_null.split() and random.random() < 0.45:
                    values.append("null")
                else:
                    values.append(random.choice(_VALUES[kind]))
            statements.append(f"insert into {table} values ({', '.join(values)})")
    return "; ".join(statements)


@dataclass
class _Columns:
    """The columns that an expression can name, each with its type."""

    names: list[tuple[str, str]]

    def of(self, kind: str) -> list[str]:
        return [name for name, its in self.names if its == kind]


class Queries:
    """A grammar of queries: each call of ``query`` is another one."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.aliases = 0
        self.common: list[tuple[str, list[tuple[str, str]]]] = []

    def chance(self, of_one: float) -> bool:
        return self.random.random() < of_one

    def alias(self) -> str:
        self.aliases += 1
        return f"x{self.aliases}"

    # --- queries ---

    def query(self, depth: int = 3, outer: list[tuple[str, str]] | None = None, kinds: list[str] | None = None) -> str:
        """A query whose columns have these types (any, where there are none)."""
        kinds = kinds or [self.kind() for _ in range(self.random.choice([1, 2, 3, 4]))]
        known = len(self.common)
        clause = self.with_clause(depth) if depth > 1 and self.chance(0.2) else ""
        if depth > 1 and self.chance(0.15):
            operation = self.random.choice(["union", "union all", "intersect", "except"])
            left, right = (self.select(depth - 1, outer or [], kinds) for _ in range(2))
            text = f"({left}) {operation} ({right})"
        else:
            text = self.select(depth, outer or [], kinds)
        del self.common[known:]
        return clause + text

    def with_clause(self, depth: int) -> str:
        name = self.alias()
        kinds = [self.kind() for _ in range(self.random.choice([1, 2, 3]))]
        columns = [(f"c{n}", kind) for n, kind in enumerate(kinds)]
        names = ", ".join(column for column, _ in columns)
        if self.chance(0.3):
            first = self.select(1, [], kinds)
            self.common.append((name, columns))
            again = self.select(1, [], kinds, must=name)
            return f"with recursive {name} ({names}) as (({first}) union ({again})) "
        text = self.query(depth - 1, None, kinds)
        self.common.append((name, columns))
        return f"with {name} ({names}) as ({text}) "

    def select(self, depth: int, outer: list[tuple[str, str]], kinds: list[str], must: str = "") -> str:
        source, columns = self.source(depth, outer)
        if must:
            entry = next(entry for entry in self.common if entry[0] == must)
            alias = self.alias()
            own = [(f"{alias}.{name}", kind) for name, kind in entry[1]]
            source, columns = f"{must} as {alias} cross join {source}", columns + own
        visible = _Columns(columns + outer)
        where = f" where {self.condition(visible, depth)}" if self.chance(0.5) else ""
        if not must and self.chance(0.3):
            return self.grouped(depth, kinds, source, where, columns, outer)
        results = ", ".join(
            self.window(kind, visible) if self.chance(0.1) else self.expression(kind, visible, depth) for kind in kinds
        )
        distinct = "distinct " if self.chance(0.1) else ""
        limit = f" limit {self.random.choice([0, 1, 2])}" if self.chance(0.1) and not must else ""
        return f"select {distinct}{results} from {source}{where}{limit}"

    def grouped(  # noqa: PLR0917 - a rule of the grammar
        self,
        depth: int,
        kinds: list[str],
        source: str,
        where: str,
        columns: list[tuple[str, str]],
        outer: list[tuple[str, str]],
    ) -> str:
        keys = self.random.sample(columns, min(len(columns), self.random.choice([0, 1, 1, 2])))
        inner, visible = _Columns(columns + outer), _Columns(keys + outer)
        results: list[str] = []
        for kind in kinds:
            if self.chance(0.6):
                results.append(self.aggregate(kind, inner, depth))
            else:
                results.append(self.expression(kind, visible, depth, keys_only=True))
        clause = ""
        if keys:
            names = [name for name, _ in keys]
            form = self.random.choice(
                [
                    "{}",
                    "{}",
                    "rollup ({})",
                    "cube ({})",
                    "grouping sets (({}), ())",
                    "grouping sets ({})",
                    "grouping sets ({})",
                ]
            )
            clause = " group by " + form.format(", ".join(names))
        elif all("(" not in result for result in results):
            results[0] = self.aggregate(kinds[0], inner, depth)
        if not keys and not any(name in result for result in results for name in _AGGREGATES):
            results[0] = self.aggregate(kinds[0], inner, depth)
        having = f" having {self.condition(visible, 1)}" if keys and self.chance(0.2) else ""
        if not having and self.chance(0.1):
            having = f" having {self.aggregate('int', inner, 1)} > 0"
        return f"select {', '.join(results)} from {source}{where}{clause}{having}"

    # --- from ---

    def source(self, depth: int, outer: list[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
        if depth > 1 and self.chance(0.6):
            return self.join(depth, outer)
        return self.single(depth, outer, [])

    def join(self, depth: int, outer: list[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
        left, left_columns = self.source(depth - 1, outer)
        kind = self.random.choice(["join", "left join", "left join", "right join", "full join", "cross join"])
        if kind in ("join", "left join", "cross join") and self.chance(0.25):
            right, right_columns = self.single(depth - 1, outer, left_columns)
        else:
            right, right_columns = self.source(depth - 1, outer)
        columns = left_columns + right_columns
        if kind == "cross join":
            return f"{left} cross join {self.enclosed(right)}", columns
        if kind == "full join":  # merge-joinable conditions only
            pairs = [
                (one, other)
                for one, its in left_columns
                for other, kind_of_other in right_columns
                if its == kind_of_other
            ]
            if not pairs:
                return f"{left} full join {self.enclosed(right)} on true", columns
            one, other = self.random.choice(pairs)
            return f"{left} full join {self.enclosed(right)} on {one} = {other}", columns
        return f"{left} {kind} {self.enclosed(right)} on {self.condition(_Columns(columns + outer), 1)}", columns

    @staticmethod
    def enclosed(source: str) -> str:
        return f"({source})" if " join " in source and not source.startswith(("(", "lateral")) else source

    def single(
        self, depth: int, outer: list[tuple[str, str]], siblings: list[tuple[str, str]]
    ) -> tuple[str, list[tuple[str, str]]]:
        alias = self.alias()
        if depth > 1 and self.chance(0.35):
            kinds = [self.kind() for _ in range(self.random.choice([1, 2, 3]))]
            names = [f"c{n}" for n in range(len(kinds))]
            text = self.query(depth - 1, (outer + siblings)[-12:], kinds)
            lateral = "lateral " if siblings else ""
            columns = [(f"{alias}.{name}", kind) for name, kind in zip(names, kinds, strict=True)]
            return f"{lateral}({text}) as {alias} ({', '.join(names)})", columns
        if self.common and self.chance(0.5):
            name, its_columns = self.random.choice(self.common)
            return f"{name} as {alias}", [(f"{alias}.{column}", kind) for column, kind in its_columns]
        if self.chance(0.1):
            rows_of_values = ", ".join(
                f"({self.constant('int')}, {self.constant('text')})" for _ in range(self.random.choice([1, 2]))
            )
            return f"(values {rows_of_values}) as {alias} (i, t)", [(f"{alias}.i", "int"), (f"{alias}.t", "text")]
        if self.chance(0.1):
            call = self.random.choice(
                ["generate_series(1, 2)", "unnest(array[1, null])", "unnest(array[1, 2])", "unnest('{}'::int[])"]
            )
            return f"{call} as {alias} (i)", [(f"{alias}.i", "int")]
        table = self.random.choice(list(TABLES))
        return f"{table} as {alias}", [(f"{alias}.{name}", kind) for name, kind in TABLES[table].items()]

    # --- expressions ---

    def kind(self) -> str:
        return self.random.choice(["int", "int", "text", "bool"])

    def constant(self, kind: str) -> str:
        return f"null::{kind}" if self.chance(0.2) else self.random.choice(_VALUES[kind])

    def leaf(self, kind: str, columns: _Columns) -> str:
        names = columns.of(kind)
        return self.random.choice(names) if names and self.chance(0.85) else self.constant(kind)

    def expression(self, kind: str, columns: _Columns, depth: int, *, keys_only: bool = False) -> str:  # noqa: PLR0911 - one for each kind
        if depth <= 0 or self.chance(0.45):
            return self.leaf(kind, columns)
        if kind == "bool" and self.chance(0.7):
            return self.condition(columns, depth - 1)

        def of(its: str) -> str:
            return self.expression(its, columns, depth - 1, keys_only=keys_only)

        choice = self.random.randrange(9 if keys_only else 10)
        match choice:
            case 0 | 1:
                return f"coalesce({of(kind)}, {of(kind)})"
            case 2:
                return f"case when {self.condition(columns, depth - 1)} then {of(kind)} else {of(kind)} end"
            case 3:
                return f"case {of('int')} when {of('int')} then {of(kind)} when 1 then {of(kind)} end"
            case 4:
                return f"nullif({of(kind)}, {of(kind)})"
            case 5 if kind != "bool":
                return f"greatest({of(kind)}, {of(kind)})"
            case 6 | 7 | 8:
                forms = {"int": "{} + {}", "text": "{} || {}", "bool": "{} = {}"}
                return "(" + forms[kind].format(of(kind), of(kind)) + ")"
            case 9 if depth > 1:
                return f"({self.query(1, columns.names, [kind])})"
            case _:
                return self.leaf(kind, columns)

    def window(self, kind: str, columns: _Columns) -> str:
        """A window function, at the top of a select list or in a branch there, where conditions are known of a row."""
        argument, other = self.leaf(kind, columns), self.leaf(kind, columns)
        order = self.leaf("int", columns)
        frame = self.random.choice(
            [
                "",
                "",
                " rows between 1 preceding and 1 following",
                " rows between unbounded preceding and 1 preceding",
                " groups between current row and unbounded following exclude ties",
                " rows between current row and 1 following exclude current row",
            ]
        )
        forms = ["first_value({})", "last_value({})", "lag({0}, 1, {1})", "lead({0}, 1)", "nth_value({}, 1)"]
        forms += ["max({})", "min({})"] if kind != "bool" else ["bool_and({})", "bool_or({})"]
        call = self.random.choice(forms).format(argument, other)
        text = f"{call} over (order by {order}{frame})" if self.chance(0.7) else f"{call} over ()"
        if self.chance(0.4):
            return f"case when {self.condition(columns, 0)} then {text} else {self.leaf(kind, columns)} end"
        return f"coalesce({text}, {self.leaf(kind, columns)})" if self.chance(0.2) else text

    def aggregate(self, kind: str, columns: _Columns, depth: int) -> str:
        argument = self.leaf(kind, columns)
        forms = {
            "int": ["count(*)::int", "count({})::int", "max({})", "min({})", "sum({})::int"],
            "text": ["max({})", "string_agg({}, ',')", "string_agg({}, null)"],
            "bool": ["bool_and({})", "bool_or({})"],
        }
        text = self.random.choice(forms[kind]).format(argument)
        if self.chance(0.1) and "::" not in text:
            text += f" filter (where {self.leaf('bool', columns)})"
        return f"coalesce({text}, {self.constant(kind)})" if self.chance(0.15) else text

    def condition(self, columns: _Columns, depth: int) -> str:
        if depth > 0 and self.chance(0.45):
            parts = [self.condition(columns, depth - 1) for _ in range(2)]
            return self.random.choice(
                [
                    f"({parts[0]} and {parts[1]})",
                    f"({parts[0]} or {parts[1]})",
                    f"(not {parts[0]})",
                    f"(({parts[0]}) is {self.random.choice(_TRUTHS)})",
                ]
            )
        kind = self.kind()
        one, other = self.leaf(kind, columns), self.leaf(kind, columns)
        forms = [
            f"{one} is null",
            f"{one} is not null",
            f"{one} = {other}",
            f"{one} = {other}",
            f"{one} <> {other}",
            f"{one} is distinct from {other}",
            f"{one} is not distinct from {other}",
            f"{one} in ({other}, {self.leaf(kind, columns)})",
            f"{one} not in ({other}, {self.leaf(kind, columns)})",
            f"{one} = any (array[{other}, {one}])",
            f"coalesce({one}, {other}) = {self.leaf(kind, columns)}",
            f"({self.leaf('bool', columns)})",
            f"{one} between {other} and {self.leaf(kind, columns)}",
        ]
        if depth > 0 and self.chance(0.3):
            inner = self.query(min(depth - 1, 1), columns.names, [kind])
            forms = [
                f"exists ({inner})",
                f"not exists ({inner})",
                f"{one} in ({inner})",
                f"{one} not in ({inner})",
                f"{one} = all ({inner})",
                f"({inner}) = {one}",
            ]
        return self.random.choice(forms)


_TRUTHS = ["true", "not true", "false", "not false", "unknown", "not unknown"]
_AGGREGATES = ("count(", "max(", "min(", "sum(", "string_agg(", "bool_and(", "bool_or(")
