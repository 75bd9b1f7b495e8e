"""Mutants of what varies: parts, orders, pages, updates of some fields."""

from tests.mutants.mutant import Mutant

ENGINE = "src/exchange_db/engine"
PARTS = "tests/unit/test_sqlfile_parts.py"
DYNAMIC = "tests/database/test_dynamic.py"
PAGES = "tests/database/test_pages.py"

MUTANTS = [
    Mutant(
        f"{ENGINE}/variants.py",
        'return "".join(_LINE_ENDS.findall(self._sql, start, end)) or',
        "return",
        f"{PARTS}::test_lines_stay_where_they_are_without_the_parts_above_them",
        "an error below an absent part names a line above its own",
    ),
    Mutant(
        f"{ENGINE}/variants.py",
        'if ends and ends[-1].text != ",":',
        "if ends:",
        f"{PARTS}::test_a_list_may_go_on_after_the_alternatives",
        "the comma after the chosen alternative is lost where the list goes on",
    ),
    Mutant(
        f"{ENGINE}/variants.py",
        '_TURNED = {"asc": "desc", "desc": "asc", "first": "last", "last": "first"}',
        '_TURNED = {"asc": "desc", "desc": "asc", "first": "first", "last": "last"}',
        f"{PARTS}::test_the_previous_page_is_the_next_one_backwards",
        "backwards, NULLs stay at their end",
    ),
    Mutant(
        f"{ENGINE}/variants.py",
        "                flipped.update(chain)\n",
        "",
        f"{PARTS}::test_the_orders_of_selects_around_a_page_are_turned_too",
        "the previous page of a clause is cut from the wrong end",
    ),
    Mutant(
        f"{ENGINE}/parts.py",
        "if depth < 0:\n",
        "if depth < -9:\n",
        f"{PARTS}::test_a_directive_that_cannot_be_meant_is_a_fault",
        "a part that closes a bracket and opens another is accepted",
    ),
    Mutant(
        f"{ENGINE}/selection.py",
        "merged[name] is not default for",
        "bool(merged[name]) for",
        f"{DYNAMIC}::test_a_part_is_there_when_its_parameter_is_given",
        "a part whose parameter is zero, empty or None is left out",
    ),
    Mutant(
        f"{ENGINE}/selection.py",
        "merged[name + GIVEN] = merged[name] is not UNSET",
        "merged[name + GIVEN] = merged[name] is not None",
        f"{DYNAMIC}::test_an_update_changes_what_is_given",
        "None leaves a field as it is, and UNSET clears it",
    ),
    Mutant(
        f"{ENGINE}/binding.py",
        "if value is UNSET and self.may_be_unset:",
        "if value is UNSET:",
        f"{DYNAMIC}::test_an_update_changes_what_is_given",
        "UNSET goes as NULL where it may not be",
    ),
    Mutant(
        f"{ENGINE}/selection.py",
        "merged[LIMIT] = limit + 1",
        "merged[LIMIT] = limit",
        f"{PAGES}::test_a_page_knows_whether_there_are_others",
        "there is never a next page",
    ),
    Mutant(
        f"{ENGINE}/paging.py",
        "            items.reverse()\n",
        "            pass\n",
        f"{PAGES}::test_a_walk_yields_each_row_once_in_order_both_ways",
        "the previous page is shown backwards",
    ),
    Mutant(
        f"{ENGINE}/paging.py",
        "has_next = has_more or self.towards is Towards.PREVIOUS",
        "has_next = has_more",
        f"{PAGES}::test_a_page_knows_whether_there_are_others",
        "from the first page, reached backwards, nothing leads forward",
    ),
    Mutant(
        f"{ENGINE}/paging.py",
        "json.dumps([self.origin.query, self.order, list(self.keys)])",
        "json.dumps([self.origin.query, list(self.keys)])",
        f"{PAGES}::test_a_cursor_of_another_version_of_the_statement_is_stale",
        "a cursor of another order of the same keys is taken",
    ),
    Mutant(
        f"{ENGINE}/paging.py",
        "json.dumps([self.origin.query, self.order, list(self.keys)])",
        "json.dumps([self.order, list(self.keys)])",
        f"{PAGES}::test_a_cursor_of_a_function_with_the_same_order_is_refused",
        "a cursor of another function with the same order is taken",
    ),
    Mutant(
        f"{ENGINE}/paging.py",
        r'or any("\0" in text for text in edge.values())',
        "",
        f"{PAGES}::test_a_forged_text_that_no_column_holds_is_refused",
        "a forged NUL goes to the driver",
    ),
    Mutant(
        f"{ENGINE}/dynamic.py",
        "elif Annotation(record.model_fields[name].rebuild_annotation()).optional:",
        "elif False:",
        f"{PAGES}::test_a_page_that_is_declared_wrongly_is_a_fault",
        "rows whose key is NULL vanish from all pages",
    ),
]
