"""Mutants of the engine."""

from tests.mutants.mutant import Mutant

ENGINE = "src/exchange_db/engine"
UNIT = "tests/unit"
DATABASE = "tests/database"

MUTANTS = [
    # --- lexer
    Mutant(
        f"{ENGINE}/lexer.py",
        'depth += 1 if edge.group() == "/*" else -1',
        "depth = 1 if edge.group() == '/*' else 0",
        f"{UNIT}/test_lexer.py::test_comments",
        "a comment within a comment ends both",
    ),
    Mutant(
        f"{ENGINE}/lexer.py",
        r'"escape": re.compile(rf"\\. | ' + "'' |",
        '"escape": re.compile(rf"' + "'' |",
        f"{UNIT}/test_lexer.py::test_where_literals_end {UNIT}/test_lexer.py::test_a_literal_is_one_token",
        "a backslash before a quote ends an E string",
    ),
    Mutant(
        f"{ENGINE}/lexer.py",
        "found = sql.find(tag, start + len(tag))",
        'found = sql.find("$", start + len(tag))',
        f"{UNIT}/test_lexer.py::test_a_literal_is_one_token {UNIT}/test_lexer.py::test_where_literals_end",
        "any dollar ends a dollar-quoted string",
    ),
    Mutant(
        f"{ENGINE}/lexer.py",
        'return self._operand and bool(self._open) and self._open[-1] in ("[", "json_object", "json_objectagg")',
        "return False",
        f"{UNIT}/test_lexer.py::test_slices {UNIT}/test_lexer.py::test_json_objects",
        "the upper bound of a slice is taken for a parameter",
    ),
    Mutant(
        f"{ENGINE}/lexer.py",
        'if run[-1] in "+-" and not _ALLOWS_SIGN_AT_END.search(run):',
        'if run[-1] in "+-":',
        f"{UNIT}/test_lexer.py::test_operators_and_symbols",
        "an operator that may end in a sign loses it",
    ),
    # --- files
    Mutant(
        f"{ENGINE}/sqlfile.py",
        "_DOES_MORE.isdisjoint(words)",
        "_CHANGES.isdisjoint(words)",
        f"{UNIT}/test_sqlfile.py::test_writes",
        "a select into, a call or a lock passes for reading, and a lost answer to it for harmless",
    ),
    Mutant(
        f"{ENGINE}/sqlfile.py",
        'if schema == "." and alias != "pg_catalog":',
        'if schema == "." and not alias:',
        f"{UNIT}/test_sqlfile.py::test_writes",
        "a function of a host's schema passes for one that reads",
    ),
    Mutant(
        f"{ENGINE}/sqlfile.py",
        'elif text == ";" and not brackets and not blocks:',
        'elif text == ";" and not brackets:',
        f"{UNIT}/test_sqlfile.py::test_a_file_becomes_a_statement {UNIT}/test_sqlfile.py::test_the_wire_text",
        "the body of a function is cut at its first semicolon",
    ),
    Mutant(
        f"{ENGINE}/variants.py",
        "number = numbers.setdefault(python_name(token.text[1:]), len(numbers) + 1)",
        "number = numbers[token.text[1:]] = len(numbers) + 1",
        f"{UNIT}/test_sqlfile.py::test_the_wire_text {UNIT}/test_sqlfile.py::test_a_file_becomes_a_statement",
        "a parameter's second use becomes another parameter",
    ),
    Mutant(
        f"{ENGINE}/sqlfile.py",
        "position - 1) - 1",
        "position) - 1",
        f"{UNIT}/test_sqlfile.py::test_server_positions_lead_back_to_lines",
        "an error at the end of a line is shown on the next",
    ),
    Mutant(
        f"{ENGINE}/sqlfile.py",
        "elif after:\n",
        "elif after[1:]:\n",
        f"{UNIT}/test_sqlfile.py::test_a_fault_of_a_file {UNIT}/test_sqlfile.py::test_all_faults_of_a_file_are_found",
        "a comment behind the statement is dropped in silence",
    ),
    # --- declarations
    Mutant(
        f"{ENGINE}/declaration.py",
        "if name not in asked\n",
        "if False\n",
        f"{UNIT}/test_declaration.py::test_names_that_differ_are_faults_of_both_sides",
        "a parameter that the statement does not use is accepted",
    ),
    Mutant(
        f"{ENGINE}/declaration.py",
        "return (Cardinality.OPTIONAL if whole.optional else Cardinality.ONE), whole",
        "return Cardinality.OPTIONAL, whole",
        f"{UNIT}/test_declaration.py::test_the_return_annotation_is_the_cardinality",
        "a row that is promised may be missing",
    ),
    Mutant(
        f"{ENGINE}/declaration.py",
        "and set(code.co_consts) <= {None, function.__doc__}",
        "",
        f"{UNIT}/test_declaration.py::test_a_body_is_a_fault",
        "a body that returns a constant is ignored in silence",
    ),
    # --- binding
    Mutant(
        f"{ENGINE}/binding.py",
        "return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()",
        "return value.replace(tzinfo=None).isoformat()",
        f"{UNIT}/test_binding.py::test_values_become_text",
        "an instant is sent as the clock's time somewhere",
    ),
    Mutant(
        f"{ENGINE}/binding.py",
        "strict=not self.annotation.is_choice",
        "strict=False",
        f"{UNIT}/test_binding.py::test_values_of_another_type_are_refused",
        "a text passes for a number",
    ),
    Mutant(
        f"{ENGINE}/binding.py",
        r""".replace('"', '\\"')""",
        "",
        f"{UNIT}/test_binding.py::test_values_become_text",
        "a quote in a list's item ends the item",
    ),
    Mutant(
        f"{ENGINE}/binding.py",
        'return "NULL"',
        "return '\"NULL\"'",
        f"{UNIT}/test_binding.py::test_values_become_text",
        "a null in a list becomes the text NULL",
    ),
    Mutant(
        f"{ENGINE}/binding.py",
        "self._ordered = [by_name[name] for name in order]",
        "self._ordered = list(parameters)",
        f"{UNIT}/test_binding.py::test_arguments_are_ordered_by_the_statement",
        "values are sent in the order of the signature",
    ),
    Mutant(
        f"{ENGINE}/binding.py",
        "except (ValidationError, ValueError, OverflowError, TypeError):\n            raise self._invalid",
        "except (ValidationError, OverflowError, TypeError):\n            raise self._invalid",
        f"{UNIT}/test_binding.py::test_what_cannot_be_sent_is_told",
        "a point without numbers escapes as an error of Python's",
    ),
    # --- decoding
    Mutant(
        f"{ENGINE}/decoding.py",
        "names = [name for name, _ in columns]\n        if record is None:\n            if len(columns) != 1:",
        "names = [name for name, _ in columns]\n        if record is None:\n            if not columns:",
        f"{UNIT}/test_decoding.py::test_a_scalar_is_one_column",
        "a second column beside a scalar is dropped in silence",
    ),
    Mutant(
        f"{ENGINE}/decoding.py",
        "plan = self._plans.get(shape)",
        "plan = next(iter(self._plans.values()), None)",
        f"{UNIT}/test_decoding.py::test_a_plan_is_made_once_for_each_shape",
        "rows of another shape are read by the first one's plan",
    ),
    Mutant(
        f"{ENGINE}/decoding.py",
        "items.append(None if size < 0 else convert(value[at : at + size]))",
        "items.append(convert(value[at : at + max(size, 0)]))",
        f"{UNIT}/test_decoding.py::test_types_of_the_servers_own_come_as_their_text",
        "a null in an array of an extension's type becomes an empty text",
    ),
    Mutant(
        f"{ENGINE}/columns.py",
        "if info.is_required() and name not in given]",
        "if False]",
        f"{UNIT}/test_decoding.py::test_columns_and_fields_are_the_same_set",
        "a field without a column is told as a null value",
    ),
    Mutant(
        f"{ENGINE}/decoding.py",
        "nest(row) if nest.is_there(row) else None",
        "nest(row)",
        f"{UNIT}/test_building.py::test_a_record_that_must_be_there_is_missed",
        "what an outer join does not find becomes a record of NULLs",
    ),
    Mutant(
        f"{ENGINE}/decoding.py",
        "for i in self._indexes) or any(nest.is_there(row) for _, _, nest in self._inner)",
        "for i in self._indexes)",
        f"{UNIT}/test_building.py::test_a_record_that_has_nothing_but_another_is_there",
        "a record that has nothing but another record is lost",
    ),
    Mutant(
        f"{ENGINE}/json_columns.py",
        "parse_float=_Number",
        "parse_float=float",
        f"{DATABASE}/test_nested.py::test_a_decimal_in_json_keeps_its_digits",
        "money in JSON loses its last digits",
    ),
    # --- building
    Mutant(
        f"{ENGINE}/building.py",
        "return column, not optional\n",
        "return column, False\n",
        f"{UNIT}/test_building.py::test_what_the_types_do_not_prove_is_still_refused",
        "a NULL comes in a field that is not optional",
    ),
    Mutant(
        f"{ENGINE}/building.py",
        "and kind != self._unproved and says <= _HARMLESS",
        "and kind != self._unproved",
        f"{UNIT}/test_building.py::test_a_validator_refuses_in_a_record_that_is_built",
        "a field's limits are not looked at",
    ),
    Mutant(
        f"{ENGINE}/building.py",
        "if value is not False} <= _MODEL\n",
        'if value is not False} <= {*_MODEL, "post_init"}\n',
        f"{UNIT}/test_building.py::test_what_a_model_does_with_its_values_is_respected",
        "a host's record lacks its private attributes",
    ),
    Mutant(
        f"{ENGINE}/building.py",
        'if issubclass(record, Record) and record.model_config.get("frozen"):',
        "if True:",
        f"{UNIT}/test_building.py::test_the_set_of_a_records_fields_is_its_own",
        "writing to one record marks a field of all others as set",
    ),
    Mutant(
        f"{ENGINE}/cursors.py",
        "kept: OurCursor | None = memory_of(conn).cursors.pop(statement, None)\n"
        "        return kept if kept is not None and kept._settings == settings_of(conn) else",
        "kept: OurCursor | None = memory_of(conn).cursors.pop(statement, None)\n"
        "        return kept if kept is not None else",
        f"{DATABASE}/test_cursors.py::test_a_kept_cursor_follows_the_session",
        "times come in the zone that the session had at the first call",
    ),
    # --- adapters
    Mutant(
        f"{ENGINE}/adapters.py",
        "known = AdaptersMap(conn.adapters)",
        "known = conn.adapters",
        f"{DATABASE}/test_execution.py::test_every_host_gets_the_same "
        f"{DATABASE}/test_execution.py::test_a_connection_that_knows_a_type_and_one_that_does_not",
        "a host's own connection reads JSON differently after our first call",
    ),
    # --- execution
    Mutant(
        f"{ENGINE}/call.py",
        "self._commits = conn.autocommit and (idle or status == TransactionStatus.ACTIVE)",
        "self._commits = False",
        f"{DATABASE}/test_failures.py::test_the_answer_to_a_write_is_lost",
        "a write whose answer is lost is told as not done",
    ),
    Mutant(
        f"{ENGINE}/call.py",
        "return self._commits and not self.file.is_read_only",
        "return self._commits",
        f"{DATABASE}/test_failures.py::test_the_answer_to_a_write_is_lost "
        f"{DATABASE}/test_failures.py::test_a_backend_that_dies_during_a_call",
        "a lost answer to a query is told as an unknown outcome",
    ),
    Mutant(
        f"{ENGINE}/call.py",
        "if idle and self._commits and not self.file.is_read_only and has_died(conn):",
        "if False and has_died(conn):",
        f"{DATABASE}/test_failures.py::test_a_backend_that_died_while_idle",
        "a write on a connection that was dead before is told as an unknown outcome",
    ),
    Mutant(
        f"{ENGINE}/call.py",
        "if conn.prepare_threshold != 0 or not self._commits or not self._is_ours:",
        "if conn.prepare_threshold != 0 or not self._commits:",
        f"{DATABASE}/test_shared_connection.py::test_threads_share_a_connection_of_the_pool "
        f"{DATABASE}/test_shared_connection.py::test_tasks_share_a_connection_of_the_pool",
        "others who share a connection find themselves in a pipeline",
    ),
    Mutant(
        f"{ENGINE}/call.py",
        "if not idle:  # the transaction",
        "if False:  # the transaction",
        f"{DATABASE}/test_round_trips.py::test_after_a_rollback_a_call_is_one_round_trip_again",
        "after a rollback a call takes two round trips",
    ),
    Mutant(
        f"{ENGINE}/call.py",
        "if len(taken.rows) > 1:",
        "if len(taken.rows) > 2:",
        f"{DATABASE}/test_execution.py::test_every_cardinality",
        "the second of two rows is dropped in silence",
    ),
    Mutant(
        f"{ENGINE}/call.py",
        "line = self.file.line_at(int(position) - self.prefix) if position else None",
        "line = self.file.line_at(int(position)) if position else None",
        f"{DATABASE}/test_streaming.py::test_what_is_wrong_with_the_statement_is_told",
        "the error of a stream points at a later line",
    ),
    Mutant(
        f"{ENGINE}/call.py",
        "return text.decode().encode(encoding)",
        "return text",
        f"{DATABASE}/test_execution.py::test_every_host_gets_the_same",
        "a statement with an umlaut is garbled on a connection that is not in UTF-8",
    ),
    Mutant(
        f"{ENGINE}/execution.py",
        "return call.result(_execute(call, taken, is_ours=True))",
        "answer = _execute(call, taken, is_ours=True)\n        return call.result(answer)",
        f"{DATABASE}/test_shared_connection.py::test_too_many_rows_of_a_write",
        "a write that does not fit its declaration is committed by a pool without autocommit",
    ),
    Mutant(
        f"{ENGINE}/call.py",
        "if not self._began_idle:",
        "if True:",
        f"{DATABASE}/test_ddl.py::test_a_column_gets_another_type",
        "a caller sees that a table has changed",
    ),
    Mutant(
        f"{ENGINE}/call.py",
        "return is_outdated(error) or (looks_outdated(error)",
        "return is_outdated(error) or (not looks_outdated(error)",
        f"{DATABASE}/test_ddl.py::test_a_parameter_gets_another_type",
        "a key that outgrew its type is refused for as long as the connection lives",
    ),
    Mutant(
        f"{ENGINE}/piped.py",
        "        if is_own:\n            pipeline.result_queue.append(None)\n\n\n@async",
        "\n\n@async",
        f"{DATABASE}/test_ddl.py::test_a_refusal_at_commit",
        "a constraint that is checked at COMMIT costs the connection, and is told as a loss of it",
    ),
    # --- pipelines
    Mutant(
        f"{ENGINE}/flight.py",
        "enumerate(cursors) if cursor.pgresult is None), None)",
        "enumerate(cursors) if cursor.pgresult is not None), None)",
        f"{DATABASE}/test_pipeline.py::test_the_server_refuses_one",
        "a pipeline names another call than the one that failed",
    ),
    Mutant(
        f"{ENGINE}/flight.py",
        "index = doubtful[0] if doubtful else index or 0",
        "index = index or 0",
        f"{DATABASE}/test_pipeline.py::test_the_answers_are_lost",
        "a pipeline whose answers are lost is told as not done, since its first call only reads",
    ),
    # --- failures
    Mutant(
        f"{ENGINE}/failures.py",
        "origin.error(declared or kind,",
        "origin.error(kind,",
        f"{DATABASE}/test_named_errors.py::test_a_violation_raises_what_is_declared",
        "a violation is not told as the error that the function declares",
    ),
    Mutant(
        f"{ENGINE}/failures.py",
        '"40P01": Retryable,  # deadlock_detected',
        '"40P01": Conflict,  # deadlock_detected',
        f"{DATABASE}/test_failures.py::test_a_deadlock",
        "a deadlock is told as a conflict, which nobody tries again",
    ),
    Mutant(
        f"{ENGINE}/failures.py",
        '"23503": MissingReference,',
        '"23503": InvalidValue,',
        f"{DATABASE}/test_failures.py::test_what_the_server_refuses",
        "a reference to nothing is told as a bad value",
    ),
    Mutant(
        f"{ENGINE}/failures.py",
        'return error.diag.severity_nonlocalized in ("FATAL", "PANIC")',
        "return pgconn.status != ConnStatus.OK",
        f"{DATABASE}/test_failures.py::test_a_violation_on_a_connection_whose_time_is_up",
        "a violation on a connection that its pool then closes is told as a loss",
    ),
    Mutant(
        f"{ENGINE}/failures.py",
        'return packaged_sentences().get(name) if schema == "exchange" else None',
        "return None",
        f"{DATABASE}/test_failures.py::test_our_own_sentences_need_no_question",
        "a violation in a transaction has no sentence of ours",
    ),
    Mutant(
        f"{ENGINE}/failures.py",
        "return referred_to if refers else missing",
        "return missing",
        f"{DATABASE}/test_failures.py::test_both_sides_of_a_foreign_key",
        "whoever deletes a row in use reads that the row does not exist",
    ),
    # --- liveness
    Mutant(
        f"{ENGINE}/liveness.py",
        'if notice.severity_nonlocalized in ("FATAL", "PANIC") or notice.sqlstate == _CRASH_SHUTDOWN:',
        "if notice.severity_nonlocalized:",
        f"{DATABASE}/test_pool.py::test_a_notification_does_not_pass_for_a_death",
        "a warning passes for the end of a connection",
    ),
    Mutant(
        f"{ENGINE}/liveness.py",
        "if not poll.poll(0):\n        return False",
        "return False",
        f"{DATABASE}/test_failures.py::test_a_backend_that_died_while_idle "
        f"{DATABASE}/test_pool.py::test_killed_connections_are_replaced_at_once",
        "a dead connection passes for a live one",
    ),
    # --- deadline
    Mutant(
        f"{ENGINE}/deadline.py",
        "limit.request.join()",
        "pass",
        f"{DATABASE}/test_deadline.py::test_a_late_cancellation_hits_no_other_statement",
        "a late cancellation hits the next statement",
    ),
    Mutant(
        f"{ENGINE}/deadline.py",
        "for request in requests:\n            await request",
        "requests.clear()",
        f"{DATABASE}/test_deadline.py::test_a_late_cancellation_hits_no_other_statement",
        "a late cancellation hits the next statement of an async connection",
    ),
    Mutant(
        f"{ENGINE}/deadline.py",
        "self._limits.discard(limit)",
        "pass",
        f"{DATABASE}/test_deadline.py::test_a_limit_ends_with_its_call",
        "the limit of a call that is done ends a later one",
    ),
    # --- streaming
    Mutant(
        f"{ENGINE}/streaming.py",
        "                batch = cursor.fetchmany(BATCH)\n",
        "                batch = cursor.fetchmany(BATCH)\n"
        "                batch = batch if len(batch) == BATCH else []\n",
        f"{DATABASE}/test_streaming.py::test_every_row_comes_once",
        "the rows of the last batch are lost",
    ),
    Mutant(
        f"{ENGINE}/streaming.py",
        "            if own:\n                call.ends()\n    except DRIVER_ERRORS as error:\n"
        "        if error is raised:  # the block's own passes unchanged",
        "    except DRIVER_ERRORS as error:\n        if error is raised:  # the block's own passes unchanged",
        f"{DATABASE}/test_streaming.py::test_a_commit_that_is_not_answered",
        "a stream's write whose commit is not answered is told as not done",
    ),
    Mutant(
        f"{ENGINE}/streaming.py",
        "        if error is raised:  # the block's own passes unchanged\n            raise\n",
        "",
        f"{DATABASE}/test_streaming.py::test_a_consumer_may_stop_early",
        "the error of a block over a stream is told as the stream's",
    ),
    Mutant(
        f"{ENGINE}/streaming.py",
        'super().__init__(conn, f"exchange_db_{next(_numbers)}", row_factory=tuple_row)\n\n    @property\n'
        "    def adapters(self) -> AdaptersMap:\n        return self._ours\n\n\nclass OurAsync",
        'super().__init__(conn, "exchange_db", row_factory=tuple_row)\n\n    @property\n'
        "    def adapters(self) -> AdaptersMap:\n        return self._ours\n\n\nclass OurAsync",
        f"{DATABASE}/test_streaming.py::test_two_streams_on_one_connection",
        "a second stream on a connection collides with the first",
    ),
    # --- errors
    Mutant(
        f"{ENGINE}/query.py",
        "self._report(orphans)",
        "self._report([])",
        f"{UNIT}/test_declaration.py::test_an_orphan_file_is_a_fault",
        "a file without a function goes unnoticed",
    ),
]
