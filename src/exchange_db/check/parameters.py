"""What a function takes against what its statement takes."""

from collections.abc import Mapping, Sequence

from exchange_db.check.agreement import choices, described, parameter_verdict
from exchange_db.check.report import Comparison
from exchange_db.check.servertypes import ServerType
from exchange_db.check.subject import Subject
from exchange_db.engine.annotations import Annotation
from exchange_db.engine.faults import nearest

__all__ = ["check_parameters"]


def check_parameters(
    subject: Subject, names: tuple[str, ...], types: Sequence[ServerType], allowed: Mapping[str, frozenset[str]]
) -> None:
    """Compare each parameter of a statement with its annotation.

    ``allowed``: for a parameter that is written to or compared with a column of listed values, these.
    """
    for name, server in zip(names, types, strict=True):
        annotation = subject.sent[name].annotation
        place = subject.source.parameter(name)
        verdict = parameter_verdict(annotation, server)
        python = described(annotation.source)
        subject.parameters[name] = Comparison(f":{name}", python, server.shown, verdict.fits)
        facts = {"expected": python, "actual": server.shown, "hint": verdict.hint}
        if not verdict.fits:
            subject.error("parameter-type", place, f"parameter {name!r}: {verdict.problem}", **facts)
        elif verdict.problem:
            subject.hint("parameter-type", place, f"parameter {name!r}: {verdict.problem}", **facts)
        _check_choices(subject, name, annotation, allowed.get(name))
        if server.plain.name == "timestamp" or (server.element and server.element.plain.name == "timestamp"):
            hint = f"cast it: :{name}::timestamptz"
            problem = f"parameter {name!r} is a timestamp without zone, which names no moment"
            subject.error("timestamp-without-zone", place, problem, hint=hint)


def _check_choices(subject: Subject, name: str, annotation: Annotation, allowed: frozenset[str] | None) -> None:
    """Every value of an enum or a ``Literal`` is one that the column can have."""
    if annotation.element is not None:
        _check_choices(subject, name, annotation.element, allowed)
    elif allowed is not None:
        given = [value for member in annotation.members for value in choices(member) or ()]
        if wrong := [value for value in given if value not in allowed]:
            subject.error(
                "values",
                subject.source.parameter(name),
                f"parameter {name!r} can be {_list(wrong)}, which is none of the values there",
                expected=described(annotation.source),
                actual=_list(sorted(allowed)),
                hint=_advice(wrong, allowed),
            )


def _advice(wrong: list[object], allowed: frozenset[str]) -> str:
    matches = (nearest(str(value), allowed) for value in wrong)
    match = next(filter(None, matches), None)
    return f"did you mean {match!r}?" if match else "take it out: nothing is found by it, and a write of it is refused"


def _list(values: list[object] | list[str]) -> str:
    return ", ".join(map(repr, values))
