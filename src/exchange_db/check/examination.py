"""One function against the database: what all the rooms of ``check`` have to say about it."""

import re

import psycopg

from exchange_db.check.agreement import described
from exchange_db.check.columns import check_columns
from exchange_db.check.description import Description
from exchange_db.check.directives import KINDS, read_directives
from exchange_db.check.documents import check_documents
from exchange_db.check.inspection import Inspection, inspect
from exchange_db.check.lints import LINTS, Lint, Relation, lint_text
from exchange_db.check.named_errors import constraint_faults
from exchange_db.check.parameters import check_parameters
from exchange_db.check.plans import explain, index_exists, rides
from exchange_db.check.references import lint_references, references
from exchange_db.check.report import Severity
from exchange_db.check.source import Place, Source
from exchange_db.check.statement import nodes, relations
from exchange_db.check.subject import Database, Subject
from exchange_db.check.targets import AnyQuery
from exchange_db.check.treelints import lint_tree
from exchange_db.check.writes import check_asked, check_left_out, check_unread, check_writes
from exchange_db.engine.declaration import Cardinality
from exchange_db.engine.faults import nearest
from exchange_db.engine.sqlfile import Statement
from exchange_db.proof.cardinality import RowProof, at_least_one, at_most_one
from exchange_db.proof.tree import Node

__all__ = ["AT_MOST_ONE", "NO_ROWS", "check_rows", "examine"]

AT_MOST_ONE = (Cardinality.ONE, Cardinality.OPTIONAL)
NO_ROWS = (Cardinality.NOTHING, Cardinality.ROW_COUNT)


def examine(database: Database, function: AnyQuery) -> Subject:
    """Check one function, in a transaction that is open; nothing is executed and nothing is left behind."""
    source = Source.read(function.path)
    subject = Subject(function, function.declaration, source, tuple(read_directives(source)))
    for file in function.file.variants:
        _Variant(database, subject, file).check()
    _check_promise(subject)
    _check_rides(subject)
    _check_errors(subject)
    _check_directives(subject)
    return subject


class _Variant:
    """One statement that the function may send."""

    def __init__(self, database: Database, subject: Subject, file: Statement) -> None:
        self.database = database
        self.subject = subject
        self.file = file

    def check(self) -> None:
        """Everything, as far as the server understands the statement."""
        given = set(re.split(", | / ", self.file.label))
        never_none = [
            name
            for name, each in self.subject.sent.items()
            if not each.annotation.optional or (name in given and not each.may_be_unset)
        ]
        try:
            found = inspect(self.database, self.subject.source, self.file, never_none)
        except psycopg.Error as error:
            if error.sqlstate is None or error.sqlstate[:2] in ("57", "08"):
                raise  # nothing is wrong with the statement: the server cannot be asked
            self._refused(error)
            return
        self.subject.described = True
        if found.why_not:
            self.subject.notes[found.why_not] = None
        self.subject.inspections.append(found)
        check_parameters(self.subject, self.file.parameters, found.parameters, found.allowed)
        if self.subject.declaration.cardinality not in NO_ROWS:
            self._check_result(found)
        elif found.tree is not None:
            check_unread(self.subject, found.tree)
        if found.tree is not None:
            check_writes(self.subject, self.database, self.file, found.tree, found.given)
            check_left_out(self.subject, self.database, found.tree)
            check_asked(self.subject, self.database, self.file, found.tree, found.given)
            self._check_conflicts(found)
        found_references = references(self.database.conn, found.tree) if found.tree is not None else []
        self._check_plan(found.description, {name for each in found_references for name in each.indexes})
        for lint in lint_references(self.subject.source, found_references):
            self._report(lint)
        self._lint(found.tree)
        errors = self.subject.declaration.errors
        if errors and found.tree is not None:
            self.subject.named_errors.append(constraint_faults(found.tree, self.database.conn, errors))

    def _refused(self, error: psycopg.Error) -> None:
        """The server's own words, at its place in the file."""
        diag = error.diag
        position = diag.statement_position
        subject = self.subject
        place = subject.source.server_place(self.file, int(position)) if position else Place(subject.source.first_line)
        label = f" (with {self.file.label})" if self.file.label else ""
        problem = f"{diag.message_primary or error}{label}"
        subject.error(
            "statement", place, problem, reason=diag.message_detail or "", hint=diag.message_hint or _advice(error)
        )

    def _check_result(self, found: Inspection) -> None:
        check_columns(self.subject, found.columns)
        if found.tree is not None:
            check_documents(self.subject, self.database, found.tree, found.columns, found.given)
            self._check_rows(found)

    def _check_rows(self, found: Inspection) -> None:
        if found.tree is None or not found.columns:
            return
        cardinality, catalog = self.subject.declaration.cardinality, self.database.catalog
        if cardinality in AT_MOST_ONE:
            check_rows(self.subject, at_most_one(found.tree, catalog))
        if cardinality is Cardinality.MANY:
            self.subject.row_bounds.append(at_most_one(found.tree, catalog))
        elif cardinality is Cardinality.OPTIONAL and not any(
            each.proof and not each.proof.not_null for each in found.columns
        ):
            self.subject.row_bounds.append(at_least_one(found.tree, catalog))

    def _check_plan(self, description: Description, by_references: set[str]) -> None:
        """``by_references``: the indexes that the server rides by itself, for foreign keys."""
        conn = self.database.conn
        for directive in self.subject.directive("rides"):
            if not set(directive.conditions) <= set(re.split(", | / ", self.file.label)):
                continue
            self.subject.used.add(directive)
            place = Place(directive.line)
            missing = [name for name in directive.names if not index_exists(conn, name)]
            for name in missing:
                self.subject.error(
                    "index", place, f"there is no index {name}", hint="create it in a migration, or correct the name"
                )
            wanted = {name.rpartition(".")[2] for name in directive.names if name not in missing} - by_references
            try:
                plan, unused = rides(conn, self.file, description.parameters, wanted)
            except psycopg.Error as error:  # a role that may prepare the statement and not run it, for one
                self.subject.error("index", place, f"no plan: {error.diag.message_primary}", hint=_advice(error))
                continue
            if plan.as_though_large:
                self.subject.notes[
                    "the tables of some plans are small: these plans were made as though they were large"
                ] = None
            bare = [{name.rpartition(".")[2] for name in pair} for pair in directive.either]
            unused -= {name for name in unused if any(name in pair and pair & wanted - unused for pair in bare)}
            if unused:
                self.subject.unridden.setdefault((directive, unused), []).append((self.file.label, plan))

    def _check_conflicts(self, found: Inspection) -> None:
        """The unique key of ``on conflict (…)`` is not sought before the statement is planned."""
        if found.tree is not None and any(
            node.child("onConflict") for node in nodes(found.tree) if node.tag == "QUERY"
        ):
            try:
                explain(self.database.conn, self.file, found.description.parameters)
            except psycopg.errors.InvalidColumnReference as error:
                self._refused(error)

    def _lint(self, tree: Node | None) -> None:
        used = relations(tree, self.database.catalog) if tree else frozenset[Relation]()
        lints = list(lint_text(self.subject.source, used))
        if tree is not None:
            lints += lint_tree(self.subject, self.database, self.file, tree)
        for lint in lints:
            self._report(lint)

    def _report(self, lint: Lint) -> None:
        add = self.subject.error if lint.severity is Severity.ERROR else self.subject.hint
        add(lint.code, lint.place, lint.problem, reason=lint.reason, hint=lint.hint)


def check_rows(subject: Subject, proof: RowProof) -> None:
    """``T`` and ``T | None`` need a reason why there is no second row."""
    asserted = subject.directive("at most one row")
    subject.used.update(asserted)
    if proof.holds:
        for each in asserted:
            subject.hint(
                "assertion",
                Place(each.line),
                "at most one row is proved",
                reason=proof.reason,
                hint="delete the assertion",
            )
        return
    for each in asserted:
        if each.reason:
            subject.asserted[f"at most one row: {each.reason}"] = None
            return
    subject.error(
        "rows",
        Place(subject.source.first_line, 1),
        "more than one row may come back, and the function promises at most one",
        expected=subject.declaration.cardinality.name.lower(),
        actual="any number of rows",
        reason=proof.reason,
        hint="compare a whole unique key, write limit 1, "
        f"declare `list[{described(subject.declaration.item.source)}]`, or say why not: -- at most one row: …",
    )


def _check_promise(subject: Subject) -> None:
    """A promise of more rows, or of none, than any variant of the statement can give."""
    place, item = Place(subject.source.first_line, 1), described(subject.declaration.item.source)
    cardinality = subject.declaration.cardinality
    if subject.row_bounds and all(proof.holds for proof in subject.row_bounds):
        many = cardinality is Cardinality.MANY
        subject.hint(
            "rows",
            place,
            "at most one row comes back, and a list is declared" if many else "a row comes back always",
            expected=f"list[{item}]" if many else f"{item} | None",
            reason=subject.row_bounds[0].reason,
            hint=f"declare `{item} | None`" if many else f"declare `{item}`",
        )


def _advice(error: psycopg.Error) -> str:
    if error.sqlstate in ("42P01", "42703", "3F000", "42704", "42883"):
        return "check the name, and that the database has all migrations: exchange-db status"
    if error.sqlstate == "42501":
        return "connect with a role that may do what the statement does"
    if error.sqlstate == "42P18":
        return "say its type: … ::bigint"
    return ""


def _check_rides(subject: Subject) -> None:
    """One fault for all the variants whose plans do without an index."""
    for (directive, unused), plans in subject.unridden.items():
        label, plan = plans[0]
        others = f" and {len(plans) - 1} more variants" if len(plans) > 1 else ""
        subject.error(
            "index",
            Place(directive.line),
            f"the generic plan{f' with {label}' if label else ''}{others} does not ride {', '.join(sorted(unused))}",
            expected=", ".join(directive.names),
            actual="; ".join(plan.steps),
            reason=f"it does this instead: {'; '.join(plan.steps)}",
            hint="write the condition or order as the index has it, or create the index that the plan needs",
        )
    for each in subject.directive("rides"):
        if each not in subject.used and subject.described:
            known = {part for file in subject.function.file.variants for part in re.split(", | / ", file.label)}
            wrong = next((part for part in each.conditions if part not in known), "")
            match = next((part for part in sorted(known) if part.endswith(f" {wrong}")), nearest(wrong, known))
            hint = f"did you mean {match!r}?" if match else "name it as the labels of reports do"
            subject.error(
                "assertion", Place(each.line), f"there is no variant with {', '.join(each.conditions)}", hint=hint
            )


def _check_errors(subject: Subject) -> None:
    """The errors of ``@query.raises``: each is one that a variant of the statement can end in."""
    for fault in subject.named_errors[0] if subject.named_errors else ():
        if all(any(each.constraint == fault.constraint for each in faults) for faults in subject.named_errors):
            error = subject.declaration.errors[fault.constraint].__name__
            subject.error(
                "raises",
                Place(subject.source.first_line, 1),
                f"@query.raises({fault.constraint}={error}): {fault.problem}",
                hint=fault.hint or "correct the name, or take it out of @query.raises",
            )


def _check_directives(subject: Subject) -> None:
    """The header's own lines: known, complete, needed."""
    for each in subject.directives:
        place = Place(each.line)
        if each.kind not in KINDS:
            subject.error(
                "assertion",
                place,
                f"{each.kind!r} is nothing that a header can say",
                hint=f"did you mean {nearest(each.kind, KINDS)!r}?",
            )
        elif each.kind == "allow":
            _check_allow(subject, each.names[0] if each.names else "", each.reason, place, needed=each in subject.used)
        elif each.kind == "at most one row" and not each.reason:
            subject.error("assertion", place, "an assertion without a reason", hint="say why: -- at most one row: …")
        elif each.kind == "not null":
            for name in each.names:
                if subject.inside.get(name):
                    subject.hint("assertion", place, f"{name!r} is proved to be not null", hint="delete the assertion")
                elif subject.columns and name not in subject.columns.keys() | subject.inside.keys():
                    subject.error(
                        "assertion", place, f"{name!r} is no column of the result", hint=_did_you_mean(name, subject)
                    )
            if not each.names:
                subject.error(
                    "assertion", place, "an assertion without a column", hint="name columns: -- not null: a, b"
                )


def _check_allow(subject: Subject, code: str, reason: str, place: Place, *, needed: bool) -> None:
    if code not in LINTS:
        match = nearest(code, LINTS)
        hint = f"did you mean {match!r}?" if match else f"one of {', '.join(sorted(LINTS))}"
        subject.error("assertion", place, f"{code!r} is no lint", hint=hint)
    elif not reason:
        subject.error(
            "assertion", place, f"{code} is allowed without a reason", hint=f"say why: -- allow: {code}, because …"
        )
    elif not needed:
        subject.hint("assertion", place, f"{code} is allowed, and nothing needs it", hint="delete the line")


def _did_you_mean(name: str, subject: Subject) -> str:
    match = nearest(name, subject.columns)
    return f"did you mean {match!r}?" if match else ""
