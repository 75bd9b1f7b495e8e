"""The lexer: examples rule by rule, then agreement with PostgreSQL's own scanner on generated SQL."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pglast.parser import ParseError, scan

from exchange_db.engine.lexer import Kind, LexError, tokenize

COMMENT, NAME, QUOTED, STRING = Kind.COMMENT, Kind.IDENTIFIER, Kind.QUOTED_IDENTIFIER, Kind.STRING
NUMBER, PARAMETER, POSITIONAL = Kind.NUMBER, Kind.PARAMETER, Kind.POSITIONAL
OPERATOR, SYMBOL, COLON, OTHER = Kind.OPERATOR, Kind.SYMBOL, Kind.COLON, Kind.OTHER


def texts(sql: str) -> list[str]:
    """The tokens' texts."""
    return [sql[token.start : token.end] for token in tokenize(sql)]


def kinds(sql: str) -> list[Kind]:
    """The tokens' kinds."""
    return [token.kind for token in tokenize(sql)]


def parameters(sql: str) -> list[str]:
    """The texts of the parameters."""
    return [sql[token.start : token.end] for token in tokenize(sql) if token.kind is Kind.PARAMETER]


# --- literals, identifiers, comments ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "literal",
    [
        "''",
        "'a'",
        "'it''s'",
        "'back\\'",  # a backslash means nothing here
        "E'it\\'s'",
        "e'\\\\'",
        "E'it''s \\x41 \\u00e9 \\101'",
        "E'\\\n'",
        "U&'d\\0061t\\+000061'",
        "u&'it''s'",
        "B'1010'",
        "x'1FF'",
        "$$it's$$",
        "$tag$ $$ $tagg$ $tag $tag$",
        "$é_1$ $e_1$ $é_1$",
        "$_$ :name -- /* $_$",
        "$a$$b$a$",
        "'a'\n'b'",
        "'a' \t\r\n\n 'b'",
        "'a' -- comment with 'quotes'\n  -- another\n'b'\n'c'",
        "E'a'\n'b\\'c'",  # the pieces keep the mode of the first
        "'a'\n'b\\'",
        "U&'a'\n'b'",
        "B'1'\n'0'",
        "x'1'--\r'F'",
        "'über 日本 😀'",
        "''''",
        "'--'",
        "'/*'",
        "':name'",
        "'\n\x00\x01'",
    ],
)
def test_a_literal_is_one_token(literal: str) -> None:
    """Every form of literal is one string, wherever it stands, and nothing inside it has a meaning."""
    assert texts(f"f({literal},x)") == ["f", "(", literal, ",", "x", ")"]
    assert kinds(literal) == [STRING]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("'a' 'b'", ["'a'", "'b'"]),  # a continuation needs a line end
        ("'a' /* \n */ 'b'", ["'a'", "/* \n */", "'b'"]),  # and no block comment
        ("'a' -- 'b'", ["'a'", "-- 'b'"]),
        ("'a'\n-- 'b'", ["'a'", "-- 'b'"]),
        ("'a'\nE'b'", ["'a'", "E'b'"]),  # a piece has no prefix
        ("'a'\n-'b'", ["'a'", "-", "'b'"]),
        ("B'1''0'", ["B'1'", "'0'"]),  # bit strings know no doubled quote
        ("N'a'", ["N", "'a'"]),
        ("U& 'a'", ["U", "&", "'a'"]),
        ("u&x", ["u", "&", "x"]),
        ("e 'a'", ["e", "'a'"]),
        ("type'a'", ["type", "'a'"]),  # not e'a'
        ("$$a$$$$b$$", ["$$a$$", "$$b$$"]),
        ("$a $b", ["$", "a", "$", "b"]),
        ("$1$$x$$", ["$1", "$$x$$"]),
        ("foo$bar$baz", ["foo$bar$baz"]),  # names may hold dollars: no dollar quote here
        ("1$$x$$", ["1", "$$x$$"]),
        ("U&'\\0061' uescape '!'", ["U&'\\0061'", "uescape", "'!'"]),
    ],
)
def test_where_literals_end(sql: str, expected: list[str]) -> None:
    """A literal takes in neither what follows it nor a name before it."""
    assert texts(sql) == expected


@pytest.mark.parametrize(
    "name",
    ["a", "_a1$", "größe", "名前", "a\u00a0b", "😀", '"a b"', '"a""b"', 'U&"d\\0061t"', '":x"', '"--"'],
)
def test_a_name_is_one_token(name: str) -> None:
    """Unquoted names hold letters, digits, dollars and any character outside ASCII; quoted ones anything."""
    assert texts(f"{name}.{name}") == [name, ".", name]
    assert kinds(name) == [QUOTED if '"' in name else NAME]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a--b\nc", ["a", "--b", "c"]),
        ("a--b\rc", ["a", "--b", "c"]),
        ("a--b\x0bc\u2028d", ["a", "--b\x0bc\u2028d"]),  # other "line ends" end no comment
        ("--", ["--"]),
        ("a/* /* */ */b", ["a", "/* /* */ */", "b"]),
        ("/**/a/***/b", ["/**/", "a", "/***/", "b"]),
        ("/*/*/*/**/*/*/*/", ["/*/*/*/**/*/*/*/"]),
        ("/* -- */a", ["/* -- */", "a"]),
        ("/* ' $$ \" */a", ["/* ' $$ \" */", "a"]),
        ("-- /*\na", ["-- /*", "a"]),
        ("*/", ["*/"]),
    ],
)
def test_comments(sql: str, expected: list[str]) -> None:
    """Line comments end at either line end character; block comments nest."""
    assert texts(sql) == expected


@pytest.mark.parametrize(
    ("sql", "position"),
    [
        ("select 'a", 7),
        ("select 'a''", 7),
        ("select E'a\\'", 7),
        ("select 'a'\n'b", 7),
        ('select "a""', 7),
        ("select u&'a", 7),
        ("select $$a$", 7),
        ("select $a$ $A$", 7),
        ("a /* /* */", 2),
        ("/*/", 0),
        ("é 'a", 2),
    ],
)
def test_what_is_not_closed_is_an_error_at_its_start(sql: str, position: int) -> None:
    """An open literal, quoted name or comment is reported where it opens, in characters."""
    with pytest.raises(LexError, match="is not closed") as error:
        list(tokenize(sql))
    assert error.value.position == position


# --- operators, numbers, symbols -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a=-1", ["a", "=", "-", "1"]),  # a sign ends no operator of standard characters
        ("a<-1", ["a", "<", "-", "1"]),
        ("a@-1", ["a", "@-", "1"]),  # but one with any other character
        ("a=@-+1", ["a", "=@-+", "1"]),
        ("a*+-+1", ["a", "*", "+", "-", "+", "1"]),
        ("+++", ["+", "+", "+"]),
        ("- -1", ["-", "-", "1"]),
        ("a+--b", ["a", "+", "--b"]),
        ("a@--b", ["a", "@", "--b"]),
        ("a+/*b*/c", ["a", "+", "/*b*/", "c"]),
        ("a*/**/b", ["a", "*", "/**/", "b"]),
        ("a<@b", ["a", "<@", "b"]),
        ("a->>'b'#>>c", ["a", "->>", "'b'", "#>>", "c"]),
        ("a?b", ["a", "?", "b"]),
        ("a?|b?&c", ["a", "?|", "b", "?&", "c"]),
        ("a%b@>c~~*d!~~e", ["a", "%", "b", "@>", "c", "~~*", "d", "!~~", "e"]),
        ("a<#>b<->c", ["a", "<#>", "b", "<->", "c"]),
        ("a||b|/c||/d", ["a", "||", "b", "|/", "c", "||/", "d"]),
        ("f(a=>1)", ["f", "(", "a", "=>", "1", ")"]),
        ("a::int", ["a", "::", "int"]),
        ("a:=1", ["a", ":=", "1"]),
        ("a:::b", ["a", "::", ":b"]),
        ("a.b.c", ["a", ".", "b", ".", "c"]),
        ("a..b", ["a", "..", "b"]),
        ("(t).*", ["(", "t", ")", ".", "*"]),
        ("a\\{b}", ["a", "\\", "{", "b", "}"]),
        ("a\x00\x01b", ["a", "\x00", "\x01", "b"]),
        ("a\x0bb\x0cc", ["a", "b", "c"]),
    ],
)
def test_operators_and_symbols(sql: str, expected: list[str]) -> None:
    """Operators are the longest run, cut where a comment starts, less the signs that they may not end in."""
    assert texts(sql) == expected


@pytest.mark.parametrize(
    "number",
    ["1", "1.", ".5", "1.5", "1e5", "1.e-5", ".5E+1", "1_000", "1_0.0_1e1_0", "0x1F_ff", "0o17", "0b1_0"],
)
def test_a_number_is_one_token(number: str) -> None:
    """All numeric forms up to PostgreSQL 16's."""
    assert texts(f"{number},{number}") == [number, ",", number]
    assert kinds(number) == [NUMBER]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("1..10", ["1", "..", "10"]),
        ("1...5", ["1", "..", ".5"]),
        ("1.5.5", ["1.5", ".5"]),
        ("-1", ["-", "1"]),
        ("a1", ["a1"]),
        ("$12", ["$12"]),
    ],
)
def test_where_numbers_end(sql: str, expected: list[str]) -> None:
    """Two dots are a range, a sign is an operator, a digit after a letter belongs to the name."""
    assert texts(sql) == expected


# --- parameters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select :a, :b_2+:größe", [":a", ":b_2", ":größe"]),
        ("where x=:a::int and y=any(:b::int[])", [":a", ":b"]),
        ("x::int = :a", [":a"]),
        ("f(a := :a, b => :b)", [":a", ":b"]),
        (":a:b", [":a", ":b"]),
        ("limit:n", [":n"]),
        ("(:a).b", [":a"]),
        ("x ? :a or x @> :b or x % :c", [":a", ":b", ":c"]),
        ("':a' \":a\" E'\\':a' $$:a$$ $x$:a$x$ -- :a\n/* :a /* :a */ :a */", []),
        ("'a'\n':a'", []),
        ("x::int, y:=1, :1, : a, ::a", []),
        (":E'a', :u&\"a\", :b'1'", []),  # PostgreSQL sees a literal here
        (":'a', :\"a\"", []),
        (":e, :u & 1", [":e", ":u"]),
    ],
)
def test_parameters(sql: str, expected: list[str]) -> None:
    """A colon and a name, outside of everything that only looks so."""
    assert parameters(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("a[1:2], a[lo:hi], a[1:hi][lo:2]", []),
        ('a["lo":hi], a[(1):hi], a[b[1]:hi], a[$1:hi], a[x.lo:hi]', []),
        ("a[lo /* x */ :hi], a[lo\n:hi]", []),
        ("a[:], a[:2], a[2:], a[: hi], a[lo : hi]", []),
        ("a[lo::int:hi]", []),
        ("a[case when b then 1 end:hi]", []),
        ("a[zone:hi], a[value:hi]", []),
        ("a[:x], a[1+:x], a[f(lo, :x)], a[-:x]", [":x"] * 4),
        ("a[:x : :y]", [":x", ":y"]),
        ("a[:x:y]", [":x"]),
        ("a[:x::int::: y]", [":x"]),
        ("a[lo : :y]", [":y"]),
        ("array[:x, :y]", [":x", ":y"]),
        ("array[[:x], [:y]]", [":x", ":y"]),
        ("array[case when :a then :b else :c end, not :d, e and :f, g or :h]", [f":{x}" for x in "abcdfh"]),
        ("array[x not between :a and :b, x is distinct from :c]", [":a", ":b", ":c"]),
        ("array[x like :a escape :b, x similar to :c, x at time zone :d]", [":a", ":b", ":c", ":d"]),
        ("array[x operator(pg_catalog.+) :a]", [":a"]),
        ("array(select x from t where y = :a limit :b)", [":a", ":b"]),
        ("a[(select x from t offset :b)]", [":b"]),
        ("select x :a", [":a"]),  # outside brackets nothing separates
        ("a[1] :x", [":x"]),
        ("] ) :x [", [":x"]),
    ],
)
def test_slices(sql: str, expected: list[str]) -> None:
    """Directly inside square brackets, a colon after an operand separates; elsewhere it starts no slice."""
    assert parameters(sql) == expected


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("json_object('a':b, c:d)", []),
        ("JSON_OBJECTAGG(k:v)", []),
        ("json_object('a': :b, 'c' : :d)", [":b", ":d"]),
        ("json_object(:k value :v)", [":k", ":v"]),
        ("json_object(:keys, :vals)", [":keys", ":vals"]),
        ("json_object('a': f(x, :b))", [":b"]),
        ("\"json_object\"('a':b)", [":b"]),
    ],
)
def test_json_objects(sql: str, expected: list[str]) -> None:
    """PostgreSQL 16's json_object('key': value) is the other place where a colon separates."""
    assert parameters(sql) == expected


def test_kinds() -> None:
    """The kinds that the examples above do not name."""
    assert kinds("a[1:b] : $1 \\ <> -- c") == [
        *(NAME, SYMBOL, NUMBER, SYMBOL, NAME, SYMBOL),
        *(COLON, POSITIONAL, OTHER, OPERATOR, COMMENT),
    ]
    assert kinds(":a:'b'") == [PARAMETER, COLON, STRING]


# --- PostgreSQL's own scanner ----------------------------------------------------------------------------

Span = tuple[str, int, int]

_OURS = {
    COMMENT: "comment",
    NAME: "name",
    QUOTED: "quoted",
    STRING: "string",
    NUMBER: "number",
    POSITIONAL: "positional",
    OPERATOR: "operator",
    SYMBOL: "symbol",
    COLON: "symbol",
    OTHER: "other",
}
_THEIRS = (
    dict.fromkeys(["SQL_COMMENT", "C_COMMENT"], "comment")
    | dict.fromkeys(["SCONST", "USCONST", "BCONST", "XCONST"], "string")
    | dict.fromkeys(["ICONST", "FCONST"], "number")
    | dict.fromkeys(["Op", "LESS_EQUALS", "GREATER_EQUALS", "NOT_EQUALS", "EQUALS_GREATER"], "operator")
    | dict.fromkeys(["TYPECAST", "DOT_DOT", "COLON_EQUALS"], "symbol")
    | {"PARAM": "positional", "UIDENT": "quoted"}
)


def our_spans(sql: str) -> list[Span]:
    """Our tokens, parameters as PostgreSQL sees them: a colon and a name."""
    spans: list[Span] = []
    for token in tokenize(sql):
        if token.kind is PARAMETER:
            spans += [("symbol", token.start, token.start + 1), ("name", token.start + 1, token.end)]
        else:
            spans.append((_OURS[token.kind], token.start, token.end))
    return spans


def their_spans(sql: str) -> list[Span]:
    """PostgreSQL's tokens. Raises ``pglast.parser.ParseError`` for what the server refuses.

    The scanner calls a character that it does not know UNKNOWN, which is a keyword's name too; hence letters
    are asked for first.
    """
    spans: list[Span] = []
    for start, end, name, _ in scan(sql):
        text = sql[start : end + 1]
        if name in _THEIRS:
            kind = _THEIRS[name]
        elif text.endswith('"'):
            kind = "quoted"
        elif text[0] == "_" or text[0].isalpha() or text[0] >= "\x80":
            kind = "name"
        else:
            kind = "operator" if text in "~!@#^&|`?+-*/%<>=" else "symbol" if text in ",()[].;:" else "other"
        spans.append((kind, start, end + 1))
    return spans


def assert_agrees(sql: str) -> None:
    """Ours equals theirs; what theirs refuses, ours may cut or refuse, but only with ``LexError``."""
    try:
        expected = their_spans(sql)
    except ParseError:
        expected = None
    try:
        actual = our_spans(sql)
    except LexError:
        assert expected is None
    else:
        assert expected in (None, actual)


@pytest.mark.parametrize(
    "sql",
    [
        # as in PostgreSQL's regression suite: strings, dollar quotes, comments
        "SELECT 'first line'\n' - next line'\n\t' - third line'\n\tAS \"Three lines to one\";",
        "SELECT 'first line'\n' - next line' /* this comment is not allowed here */\n' - third line';",
        "SELECT U&'d\\0061t\\+000061' AS U&\"d\\0061t\\+000061\", U&'d!0061t\\+000061' UESCAPE '!';",
        "SELECT U&' \\' UESCAPE '!' AS \"tricky\", 'a\\\\bcd' AS f1, E'a\\\\bcd\\'' AS f2, 'abcd\\' AS f3;",
        "SELECT E'\\\\xDe Ad Be Ef'::bytea, E'De\\\\123dBeEf'::bytea, B'0'::bit(1), X'F'::bit varying;",
        "CREATE FUNCTION f() RETURNS int AS $f$ BEGIN RETURN $$a$$ || $q$ '$1' $q$; END $f$ LANGUAGE sql;",
        "SELECT $foo$a$bar$b$foo$ AS x, a$foo$ FROM t WHERE b='$foo$';",
        "SELECT 'trailing' AS first; -- trailing single line\nSELECT /* embedded single line */ 'embedded';",
        "/*\nSELECT 'trailing' as x1; -- inside block comment\n*/\n/* This block comment surrounds a query",
        "SELECT -- continued after the following block comments...\n/* Deeply nested comment.\n   /* Deeply"
        " nested comment.\n */ */ 'deeply nested example' AS sixth;",
        "/* and this is the end of the file */",
        # arrays, json, numbers, operators
        "SELECT a[1:3], b[1][2:3], a[:], b[:2][:], c[lo:hi], a[array_lower(a,1):x+1] FROM arrtest;",
        "UPDATE arrtest SET a[1:2] = '{16,25}', b[:2][1:] = '{{1}}' WHERE NOT a = '{}'::int2[];",
        "SELECT '{\"a\":{\"b\":1}}'::jsonb #>> '{a,b}', j->'a'->>'b', j ? 'a', j ?| array['a'] FROM t;",
        "SELECT JSON_OBJECT('a': 1, 'b': x RETURNING jsonb), JSON_OBJECTAGG(k: v NULL ON NULL) FROM t;",
        "SELECT 0b100101, 0o273, 0x42F, 1_000_000, 1_2.3_4e5_6, .000_005, 1_000., 5e+1, 1.e2;",
        "SELECT 123abc;",
        "SELECT 0x0o;",
        "SELECT 100_;",
        "SELECT 1..10, $1, $2::int;",
        "SELECT -5!, !=-1, @-2, 2+-3, 2-+3, 2 --3\n+4, a<-b, a@>-b, ~~5, |/ -4, 5%-3, a OPERATOR(s.+) b;",
        "SELECT p <-> '(0,0)'::point, c <@ b, x &&& y, a ~=~ b, 'a' !~~* 'b', x |&> y FROM g;",
        'SELECT "a""b", "日本", größe, _x$1 FROM "S"."T" ORDER BY 1 USING >;',
        "COPY t FROM stdin;\n1\t\\N\n\\.\n",
        "SELECT :'x', :\"y\", :z \\gset",
        "",
        " \t\r\n",
    ],
)
def test_agrees_with_postgresql_on_its_own_kind_of_statements(sql: str) -> None:
    """Statements in the style of PostgreSQL's regression suite."""
    assert_agrees(sql)


SOUP = "'\"$\\eEuUxXbBnN&:;-/*+@?%[]()0-9ab_ \n\r\té日😀.,=<>!|#^~`{}\x0b\x0c\x01"


@settings(max_examples=1000, deadline=None)
@given(st.text(alphabet=SOUP, max_size=14))
@example("'a'--\n'b'")
@example("\x0b")
def test_agrees_with_postgresql_on_character_soup(sql: str) -> None:
    """Any sequence of the characters that have a meaning to the scanner."""
    assert_agrees(sql)


INNER = st.text(alphabet="ab'\"\\$-/* \n\ré:0", max_size=5)
NAMES = st.tuples(st.sampled_from("aZ_é日eUx"), st.text(alphabet="a0_$é日", max_size=3)).map("".join)
TAGS = st.sampled_from(["$$", "$a$", "$é_1$", "$_$"])
GAPS = st.one_of(
    st.text(alphabet=" \t\r\n\f", min_size=1, max_size=3),
    INNER.map(lambda text: "--" + text.replace("\n", "").replace("\r", "") + "\n"),
)
COMMENTS = st.recursive(
    st.text(alphabet="a'- \n$:", max_size=4),
    lambda inner: inner.map(lambda text: f"/*{text}*/"),
    max_leaves=4,
).map(lambda text: f"/*{text}*/")
NUMBERS = st.sampled_from(
    [
        "0",
        "12",
        "1_000",
        "1.",
        "1.5",
        ".5",
        "1_0.0_1",
        "1e5",
        "1.e-5",
        ".5E+1_0",
        "0x1F",
        "0O17",
        "0b1_0",
        "1..5",
    ]
)
PIECES = INNER.map(lambda text: "'" + text.replace("'", "''") + "'")
LITERALS = st.one_of(
    st.tuples(st.sampled_from(["", "E", "e", "U&", "u&", "N"]), PIECES).map("".join),
    st.tuples(st.sampled_from("bBxX"), st.text(alphabet="01:-\n", max_size=4)).map(lambda p: f"{p[0]}'{p[1]}'"),
    st.tuples(PIECES, GAPS, PIECES).map("".join),
    st.tuples(TAGS, INNER).map(lambda parts: f"{parts[0]}{parts[1]}{parts[0]}"),
)
QUOTED_NAMES = st.tuples(st.sampled_from(["", "U&", "u&"]), INNER).map(
    lambda parts: parts[0] + '"' + parts[1].replace('"', '""') + '"'
)
OPERATORS = st.one_of(
    st.text(alphabet="~!@#^&|`?+-*/%<>=", min_size=1, max_size=4),
    st.sampled_from(["::", ":=", "=>", "..", ".", ",", ";", "(", ")", "[", "]", ":", "$1", "$", "\\"]),
)
SQL = st.lists(
    st.one_of(LITERALS, QUOTED_NAMES, NAMES, NUMBERS, COMMENTS, OPERATORS, OPERATORS, GAPS, NAMES.map(":{}".format)),
    max_size=8,
).map("".join)


@settings(max_examples=500, deadline=None)
@given(SQL)
def test_agrees_with_postgresql_on_generated_sql(sql: str) -> None:
    """Every kind of token beside every other, with white space between them or without."""
    assert_agrees(sql)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(LITERALS, QUOTED_NAMES, COMMENTS, NAMES, NUMBERS), max_size=6),
    st.lists(NAMES, max_size=6),
)
def test_finds_exactly_the_parameters_that_were_put_in(fragments: list[str], names: list[str]) -> None:
    """Parameters among fragments that hold colons of their own."""
    sql = ""
    for index in range(max(len(fragments), len(names))):
        sql += "".join(f"{fragment} , " for fragment in fragments[index : index + 1])
        sql += "".join(f":{name} , " for name in names[index : index + 1])
    try:
        scan(sql)
    except ParseError:
        return  # an escape or a piece of a number that the server refuses
    assert parameters(sql) == [f":{name}" for name in names]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_tokens_are_in_order_and_leave_out_white_space_alone(sql: str) -> None:
    """Whatever the text, the tokens do not overlap, and only white space lies between them."""
    end = 0
    unread = len(sql)
    try:
        for token in tokenize(sql):
            assert token.end > token.start >= end
            assert not sql[end : token.start].strip(" \t\n\r\f\v")
            end = token.end
    except LexError as error:
        unread = error.position
    assert not sql[end:unread].strip(" \t\n\r\f\v")


# --- time ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hostile",
    [
        *(
            "+",
            "-+",
            "=+",
            "/*",
            "+/**/",
            "'",
            "''x",
            '"',
            "$",
            "$a ",
            "$a$b",
            "E'",
            "\\",
            "'a' ",
            "'a'\n",
            "--\n",
        ),
        *(
            "'a'--\n",
            "a",
            "1",
            "1_",
            "1.",
            ".",
            "0x",
            ":",
            ":a",
            "[",
            "a[1:x]",
            "u&",
            "/",
            "*/",
            "- ",
            "\x00",
            "é",
        ),
    ],
)
@pytest.mark.parametrize("opening", ["", "'a'\n"])
def test_takes_linear_time(hostile: str, opening: str) -> None:
    """40,000 characters of any repetition take milliseconds; a quadratic rule would take many seconds."""
    sql = opening + hostile * (40_000 // len(hostile))
    started = time.process_time()
    try:
        for _ in tokenize(sql):
            pass
    except LexError:
        pass
    assert time.process_time() - started < 2
