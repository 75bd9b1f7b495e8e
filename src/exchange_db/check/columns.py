"""The columns of a result against the record or scalar that is declared: names, types, values, NULL."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, JsonValue

from exchange_db.check.agreement import choices, column_verdict, described, suggestion
from exchange_db.check.description import Column
from exchange_db.check.fields import Field, fields_of, find_field
from exchange_db.check.report import Comparison
from exchange_db.check.servertypes import ServerType
from exchange_db.check.source import Place
from exchange_db.check.subject import Subject
from exchange_db.engine.annotations import Annotation
from exchange_db.engine.declaration import Cardinality
from exchange_db.engine.dynamic import page_fields
from exchange_db.engine.faults import nearest
from exchange_db.proof.nullability import Proof

__all__ = ["Shown", "check_columns"]


@dataclass(frozen=True)
class Shown:
    """One column, with all that is known of it."""

    column: Column
    type: ServerType
    proof: Proof | None
    """Whether it can be NULL; ``None``: the statement could not be analysed."""
    values: frozenset[str] | None
    """What it can hold; ``None``: any value of its type."""
    place: Place
    is_stored_not_null: bool = False
    """Whether the table's column that it is taken from is never NULL where there is a row of the table."""

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def text(self) -> str:
        """As a table of the report shows it."""
        return self.type.shown + ("" if self.proof is None or self.proof.not_null else ", may be NULL")


def check_columns(subject: Subject, shown: Sequence[Shown]) -> None:
    """Compare the columns with what the function declares."""
    declaration = subject.declaration
    if not shown:
        subject.error(
            "no-columns",
            Place(subject.source.first_line),
            "the statement returns no columns, and a result is declared",
            hint="write returning …, or declare `-> None` or `-> RowCount`",
        )
    elif declaration.record is None:
        if len(shown) != 1:
            names = ", ".join(each.name for each in shown)
            subject.error(
                "column-count",
                shown[1].place,
                f"a scalar is declared, and the statement returns {len(shown)} columns: {names}",
                expected=described(declaration.item.source),
                actual=names,
                hint="declare a record, or select one column",
            )
            return
        _compare(subject, shown[0], declaration.item, None)
    else:
        _check_names(subject, shown)
        _check_nested(subject, declaration.record, shown)
        for each in shown:
            field = find_field(declaration.record, each.name)
            if field is not None:
                _compare(subject, each, field.annotation, field)


def _check_names(subject: Subject, shown: Sequence[Shown]) -> None:
    """The columns are the record's fields, in any order."""
    record = subject.declaration.record
    assert record is not None  # noqa: S101  the caller has looked
    names = [each.name for each in shown]
    filled = {name.partition(".")[0] for name in names}
    missing = {
        name: field for name, field in fields_of(record).items() if name not in filled and field.info.is_required()
    }
    unknown = [each for each in shown if find_field(record, each.name) is None]
    for each in unknown:
        match = nearest(each.name, missing)
        subject.columns[each.name] = Comparison(each.name, "", each.text, fits=False)
        subject.error(
            "extra-column",
            each.place,
            f"column {each.name!r} is no field of {record.__name__}",
            actual=each.text,
            hint=f"did you mean {match!r}?" if match else "leave it out of the statement, or add the field",
            patch="" if match else _field_line(each),
        )
    for name, field in missing.items():
        match = nearest(name, [each.name for each in unknown])
        python = described(field.annotation.source)
        subject.columns[name] = Comparison(name, python, "", fits=False)
        subject.error(
            "missing-column",
            subject.source.output(0, len(shown)),
            f"field {name!r} of {record.__name__} has no column",
            expected=python,
            hint=f"did you mean {match!r}?" if match else f"select it: … as {name}",
        )
    for name in sorted({name for name in names if names.count(name) > 1}):
        subject.error(
            "extra-column",
            shown[names.index(name)].place,
            f"column {name!r} appears more than once",
            hint="give one of them another name: … as …",
        )


def _check_nested(subject: Subject, record: type[BaseModel], shown: Sequence[Shown]) -> None:
    """A record in a field is ``None`` where all of its columns are NULL: the field is optional where that can be."""
    for name, field in fields_of(record).items():
        columns = [each for each in shown if each.name.startswith(f"{name}.")]
        certain = next((each for each in columns if each.proof is not None and each.proof.not_null), None)
        if not columns:
            continue
        if certain is None or certain.proof is None:
            if field.annotation.optional:
                subject.needed.add(field.slot)
            elif all(each.proof is not None and not _is_asserted(subject, each) for each in columns):
                subject.absent.add(name)
                _error_absent(subject, field, columns[0])
            continue
        if not field.annotation.optional:
            continue
        subject.needless_optional(
            field.slot,
            certain.place,
            f"{_what(field)} is optional, and column {certain.name!r} is never NULL",
            expected=described(field.annotation.source),
            reason=certain.proof.reason,
        )


def _error_absent(subject: Subject, field: Field, first: Shown) -> None:
    """A required record of which every column may be NULL in one row."""
    python = described(field.annotation.source)
    subject.error(
        "nullable",
        first.place,
        f"all columns of {_what(field)} may be NULL, and it takes no None",
        expected=python,
        actual=first.text,
        reason=first.proof.reason if first.proof else "",
        hint=f"if one never is, say so in the header: -- not null: {first.name}",
        patch=_patch(field, f"{field.name}: {python} | None"),
    )


def _is_asserted(subject: Subject, shown: Shown) -> bool:
    return any(shown.name in each.names for each in subject.directive("not null"))


def _compare(subject: Subject, shown: Shown, annotation: Annotation, field: Field | None) -> None:
    """One column with its field, or with the scalar."""
    verdict = column_verdict(annotation, shown.type)
    fits = verdict.fits or (field is not None and field.converts)
    what = _what(field)
    python = described(annotation.source)
    facts = {"expected": python, "actual": shown.text}
    if not fits:
        is_shape = _is_shape(shown)
        subject.error(
            "column-type",
            shown.place,
            f"column {shown.name!r}: {verdict.problem}",
            **facts,
            hint=_SHAPE_HINT if is_shape else verdict.hint,
            patch="" if is_shape else _patch(field, _written(shown, suggestion(shown.type))),
        )
    elif verdict.problem:
        subject.hint(
            "column-type", shown.place, f"column {shown.name!r}: {verdict.problem}", **facts, hint=verdict.hint
        )
    _check_spatial(subject, shown, annotation)
    _check_values(subject, shown, annotation, what)
    null_fits = _check_null(subject, shown, annotation, field)
    if shown.type.plain.name == "timestamp" and fits:
        subject.error(
            "timestamp-without-zone",
            shown.place,
            f"column {shown.name!r} is a timestamp without zone, which names no moment",
            **facts,
            hint="make it timestamptz, or say whose clock it is: … at time zone 'UTC'",
        )
    subject.columns[shown.name] = Comparison(shown.name, python, shown.text, fits and null_fits)


_SHAPE_HINT = "st_astext(…) is a text, st_asgeojson(…)::jsonb is JSON"


def _is_shape(shown: Shown) -> bool:
    """Whether it is of a spatial type that may be, or is, something else than a point."""
    return shown.type.plain.name in ("geography", "geometry") and "(Point" not in shown.type.shown


def _check_spatial(subject: Subject, shown: Shown, annotation: Annotation) -> None:
    """A ``Point`` is one in WGS 84: of a column with a modifier that is known before any row is read."""
    plain = shown.type.plain
    if not annotation.is_point or plain.name not in ("geography", "geometry"):
        return
    kind, _, rest = shown.type.shown.partition("(")[2].rstrip(")").partition(",")
    facts = {"expected": "Point", "actual": shown.type.shown}
    if (kind and kind.lower() not in ("point", "geometry")) or (rest and rest != "4326"):
        subject.error(
            "column-type",
            shown.place,
            f"column {shown.name!r}: Point is declared, and the statement gives {shown.type.shown}",
            **facts,
            hint="a Point is one of two dimensions in SRID 4326: st_transform(…, 4326)",
        )
    elif not rest or kind.lower() == "geometry":
        subject.hint(
            "column-type",
            shown.place,
            f"column {shown.name!r} is a {plain.name} of any shape{'' if rest else ' and SRID'}",
            **facts,
            hint=f"if it is a point, cast it: …::{plain.name}(Point, 4326); else {_SHAPE_HINT}",
        )


def _check_values(subject: Subject, shown: Shown, annotation: Annotation, what: str) -> None:
    """What the column can hold is what the enum or ``Literal`` knows."""
    known = [choices(member) for member in (annotation.element or annotation).members]
    if not known or None in known:
        return
    allowed = {value for values in known for value in values or ()}
    facts = {"expected": ", ".join(map(repr, sorted(allowed, key=str)))}
    if shown.values is None:
        if all(isinstance(value, str) for value in allowed):
            subject.error(
                "values",
                shown.place,
                f"column {shown.name!r} may hold any {shown.type.plain.shown}, and {what} takes {len(allowed)} values",
                **facts,
                hint="give the column a check constraint or an enum, or say why not: -- allow: values, because …",
            )
        return
    facts["actual"] = ", ".join(map(repr, sorted(shown.values)))
    if unknown := sorted(shown.values - allowed):
        subject.error(
            "values",
            shown.place,
            f"column {shown.name!r} can be {', '.join(map(repr, unknown))}, which {what} does not take",
            **facts,
            hint="add the value to the enum or Literal, or narrow the column",
        )
    elif never := sorted(map(str, allowed - shown.values)):
        subject.hint(
            "values",
            shown.place,
            f"column {shown.name!r} is never {', '.join(map(repr, never))}, which {what} takes",
            **facts,
        )


def _check_null(subject: Subject, shown: Shown, annotation: Annotation, field: Field | None) -> bool:
    """Whether NULL agrees: where the column can be NULL, the field is optional."""
    optional = annotation.optional or (field is None and subject.declaration.item.optional)
    asserts = [each for each in subject.directive("not null") if shown.name in each.names]
    proof, what = shown.proof, _what(field)
    if proof is None or (field and field.converts):
        return True
    facts = {"expected": described(annotation.source), "actual": shown.text}
    if proof.not_null:
        for each in asserts:
            subject.hint(
                "assertion",
                Place(each.line),
                f"column {shown.name!r} is proved to be not null",
                reason=proof.reason,
                hint="delete the assertion",
            )
        if optional and field is not None and not _is_any(annotation):
            python = " | ".join(described(member) for member in annotation.members)
            subject.needless_optional(
                field.slot,
                shown.place,
                f"{what} is optional, and column {shown.name!r} is never NULL",
                **facts,
                reason=proof.reason,
                patch=_patch(field, f"{field.name}: {python}"),
            )
        elif field is None and annotation.optional and not _is_any(annotation) and _is_list(subject):
            subject.hint(
                "needless-optional",
                shown.place,
                f"the items of the result are optional, and column {shown.name!r} is never NULL",
                **facts,
                reason=proof.reason,
            )
        subject.used.update(asserts)
        return True
    if asserts:
        subject.used.update(asserts)
        subject.asserted[f"not null: {shown.name}"] = None
        return True
    if optional and field is not None:
        subject.needed.add(field.slot)
    is_absent = shown.name.partition(".")[0] in subject.absent  # then its NULL is that of the record
    if optional or (field and shown.is_stored_not_null and (field.in_optional or is_absent)):
        return True
    python = described(annotation.source)
    if field is not None and field.name in page_fields(subject.function.file).values():
        subject.error(
            "nullable",
            shown.place,
            f"column {shown.name!r} may be NULL, and :page_{field.name} is taken from {what}",
            **facts,
            reason=proof.reason,
            hint="rows whose key is NULL would be on no page: order by what is never NULL",
        )
        return False
    subject.error(
        "nullable",
        shown.place,
        f"column {shown.name!r} may be NULL, and {what} takes no None",
        **facts,
        reason=proof.reason,
        hint=f"if it never is, say so in the header: -- not null: {shown.name}"
        if field
        else "declare it `| None`, or coalesce the column",
        patch=_patch(field, f"{field.name}: {python} | None") if field else "",
    )
    return False


def _what(field: Field | None) -> str:
    return f"field {field.name!r} of {field.record.__name__}" if field else "the result"


def _is_list(subject: Subject) -> bool:
    return subject.declaration.cardinality is Cardinality.MANY


def _is_any(annotation: Annotation) -> bool:
    return not annotation.members or any(
        member in (None, object, JsonValue) or str(member) == "typing.Any" for member in annotation.members
    )


def _written(shown: Shown, annotation: str) -> str:
    null = "" if shown.proof is None or shown.proof.not_null else " | None"
    return f"{shown.name.rpartition('.')[2]}: {annotation}{null}" if annotation else ""


def _field_line(shown: Shown) -> str:
    return _written(shown, suggestion(shown.type))


def _patch(field: Field | None, line: str) -> str:
    """The line of the record as it should be, and where it stands."""
    if field is None or not line:
        return ""
    return f"{line}    # {field.place}" if field.place else f"{line}    # in {field.record.__name__}"
