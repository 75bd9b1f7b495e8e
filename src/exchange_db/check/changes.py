"""INSERT, UPDATE, DELETE and MERGE with RETURNING: the row that comes back."""

from dataclasses import replace

from exchange_db.check.scope import Env

__all__ = ["after_change"]

_UPDATE, _INSERT, _DELETE, _MERGE = 2, 3, 4, 5


def after_change(env: Env) -> Env:
    """The place where RETURNING stands: what WHERE said of the old row does not hold of the new one."""
    query, target = env.scope.query, env.scope.target
    if query.number("commandType") == _DELETE:
        return env
    number = env.scope.number
    kept = frozenset(
        fact
        for fact in env.facts
        if fact[0] != "expression" and not (fact[0] == "column" and fact[1:3] == (number, target))
    )
    return replace(env, facts=kept)
