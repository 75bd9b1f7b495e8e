"""The FROM clause: what each outer join leaves out, and what the conditions make known of the rows that remain."""

from exchange_db.proof.changes import may_miss_source
from exchange_db.proof.facts import NO_FACTS, Fact, arms_of
from exchange_db.proof.finding import finds_row
from exchange_db.proof.scope import Always, Both, Env, Scope, Side, is_open
from exchange_db.proof.tree import Node

__all__ = ["cases", "choices", "read_from"]

_INNER, _LEFT, _FULL, _RIGHT = range(4)
_MOST_CASES = 4
_MOST_CHOICES = 4
_JOIN = 2


def read_from(scope: Scope) -> None:
    """Fill the scope with the outer joins of its query, and the conditions that hold of every row."""
    tree = scope.query.the("jointree")
    if may_miss_source(scope.query):
        side = Side(frozenset(), [], "merge: a row that is not matched by the source has none of it")
        scope.sides.append(side)
        side.tables = _walk(scope, tree, side.conditions) - {scope.target}
    else:
        _walk(scope, tree, scope.conditions)


def _walk(scope: Scope, item: Node, conditions: list[Node]) -> frozenset[int]:
    """The tables of a part of the FROM clause; its conditions go where they hold."""
    if item.tag == "RANGETBLREF":
        return frozenset({item.number("rtindex")})
    condition = item.child("quals")
    if item.tag == "FROMEXPR":
        tables = frozenset[int]().union(*(_walk(scope, part, conditions) for part in item.children("fromlist")))
        conditions.extend([condition] if condition else [])
        return tables
    return _walk_join(scope, item, conditions, [condition] if condition else [])


def _walk_join(scope: Scope, join: Node, conditions: list[Node], own: list[Node]) -> frozenset[int]:
    left, right = join.the("larg"), join.the("rarg")
    match join.number("jointype"):
        case 1:
            number, found = _optional(scope, right, own, "left join")
            tables = _walk(scope, left, conditions) | found
            scope.sides[number].always = _finds(scope, number)
        case 3:
            number, found = _optional(scope, left, own, "right join")
            tables = found | _walk(scope, right, conditions)
            scope.sides[number].always = _finds(scope, number)
        case 2:
            (n, left_tables), (m, right_tables) = (_optional(scope, part, [], "full join") for part in (left, right))
            scope.full.append(Both((n, m), own))
            tables = left_tables | right_tables
        case _:
            conditions.extend(own)
            tables = _walk(scope, left, conditions) | _walk(scope, right, conditions)
    return tables | {join.number("rtindex")}


def _finds(scope: Scope, number: int) -> Always:
    """Whether a side that is read now finds a row always: outer joins within it leave out none."""
    side = scope.sides[number]
    within = [other for other in scope.sides if other is not side and other.tables < side.tables]
    tables = side.tables.difference(*(other.tables for other in within))
    joined = frozenset(table for table in tables if scope.table(table).number("rtekind") != _JOIN)
    return lambda env: bool(joined) and finds_row(joined, side.conditions, env, env)


def _optional(scope: Scope, item: Node, own: list[Node], join: str) -> tuple[int, frozenset[int]]:
    conditions = list(own)
    side = Side(frozenset(), conditions, join)
    number = len(scope.sides)
    scope.sides.append(side)
    side.tables = _walk(scope, item, conditions)
    name = " and ".join(
        _title(scope, table) for table in sorted(side.tables) if scope.table(table).number("rtekind") != 2
    )
    side.reason = f"{join}: no row of {name} may match"
    return number, side.tables


def _title(scope: Scope, table: int) -> str:
    entry = scope.table(table)
    relation = entry.number("relid")
    alias = entry.child("eref")
    if entry.number("rtekind") == 0 and relation:
        return scope.prover.catalog.relation(relation).title
    return alias.text("aliasname") if alias else "a subquery"


def cases(env: Env) -> list[Env]:
    """The ways in which a row can come out of FULL JOINs: of each, the left side has a row, or the right has."""
    full = env.scope.full
    certain = next((both for both in full if _is_certain(both, env)), None)
    if certain is None or len(full) > _MOST_CASES:
        return [env]
    # A side that has a row may be a FULL JOIN itself, which is certain then.
    return [case for side in certain.sides for case in cases(env.assume([("side", env.scope.number, side)]))]


def choices(env: Env) -> list[Env]:
    """The ways in which the choices that are known at a place can have been made."""
    places = [env]
    for fact in sorted((fact for fact in env.facts if fact[0] == "any"), key=_weight)[:_MOST_CHOICES]:
        places = [
            place if arm <= place.facts else place.assume(arm)
            for place in places
            for arm in (arms_of(fact, place.facts) or [NO_FACTS])
        ]
    return places


def _weight(fact: Fact) -> tuple[int, list[str]]:
    """An order that is the same each time."""
    return len(fact), sorted(str(part[:1]) for arm in fact[1:] if isinstance(arm, frozenset) for part in arm)


def _is_certain(both: Both, env: Env) -> bool:
    """Whether the FULL JOIN has a row, as one within the optional side of another join may not, and more is to know."""
    sides = env.scope.sides
    inside = frozenset[int]().union(*(sides[n].tables for n in both.sides))
    around = [n for n, side in enumerate(sides) if n not in both.sides and inside <= side.tables]
    return all(is_open(env, n) for n in around) and not any(is_open(env, n) for n in both.sides)
