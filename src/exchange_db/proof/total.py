"""What functions and operators do with NULL, as an explicit list: tests call each entry with hostile values.

``strict`` in the catalog says that NULL in gives NULL out, and nothing about the other direction: a strict function may
find no match, no element, no number. So none is trusted that is not listed here; the list is of the server's own
functions, and of some extensions', by name or, where only some of a name's functions qualify, by signature.

What is left out on purpose, because it does return NULL: ``array_length``, ``array_lower``, ``array_upper``,
``array_ndims`` (empty arrays), ``array_position``, ``substring`` with a pattern, ``regexp_match``, ``regexp_substr``,
``to_number`` (empty format), ``to_char`` of times (infinity, or an empty format), ``extract`` and ``date_part`` of what
repeats (the month of infinity), ``time`` of a timestamp (infinity), ``lower`` and ``upper`` of ranges (unbounded),
``scale`` and ``min_scale`` (NaN), ``current_schema``, ``to_regclass`` and its like, ``pg_get_…``, ``…_description``,
``jsonb_path_…`` of one value, ``current_setting`` that may miss.
"""

from exchange_db.proof.catalog_records import Function, Operator

__all__ = [
    "ARRAYS",
    "LASTING_FIELDS",
    "OF_VALUES",
    "ROWS",
    "TOTAL",
    "TOTAL_OF_EXTENSIONS",
    "is_always",
    "is_any",
    "is_first",
    "is_total",
    "is_total_operator",
]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TOTAL = _words(
    """
    abs acos acosd acosh age array_fill array_to_json array_to_string
    array_to_tsvector ascii asin asind asinh atan atan2 atan2d atand atanh bit bit_count bit_length bool box bpchar
    broadcast btrim cardinality cbrt ceil ceiling center char char_length character_length chr cidr circle
    clock_timestamp convert convert_from convert_to cos cosd cosh cot cotd current_database current_schemas
    current_user currval date date_bin date_trunc decode degrees div encode exp factorial family float4 float8 floor
    gcd gen_random_uuid get_bit get_byte hashtext hashtextextended height host hostmask inet_merge inet_same_family
    initcap int2 int4 int8 interval isclosed isempty isfinite isopen json_array_length json_object json_strip_nulls
    json_typeof jsonb_array_length jsonb_insert jsonb_object jsonb_path_query_array jsonb_pretty jsonb_set
    jsonb_strip_nulls jsonb_typeof justify_days justify_hours justify_interval lastval lcm left length like_escape ln
    log log10 lower_inc lower_inf lpad ltrim make_date make_interval make_time make_timestamp make_timestamptz masklen
    md5 mod money multirange name netmask network nextval normalize now npoints numeric octet_length oid overlaps
    overlay parse_ident path phraseto_tsquery pi plainto_tsquery point polygon position pow power quote_ident
    quote_literal radians radius random range_merge regexp_count regexp_instr regexp_like regexp_replace
    regexp_split_to_array repeat replace reverse right round row_to_json rpad rtrim session_user set_bit set_byte
    set_masklen setval setweight sha224 sha256 sha384 sha512 sign similar_to_escape sin sind sinh split_part sqrt
    starts_with statement_timestamp string_to_array strip strpos substr tan tand tanh text timeofday timestamp
    timestamptz timezone to_ascii to_date to_hex to_json to_jsonb to_timestamp to_tsquery to_tsvector
    transaction_timestamp translate trim_array trim_scale trunc ts_delete ts_headline ts_rank ts_rank_cd
    tsvector_to_array unistr upper_inc upper_inf varbit varchar version websearch_to_tsquery width width_bucket xml
    pg_advisory_lock pg_advisory_unlock pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_backend_pid
    pg_client_encoding pg_column_size pg_current_xact_id pg_notify pg_size_pretty pg_sleep pg_try_advisory_lock
    pg_try_advisory_xact_lock set_config txid_current
    """
)
"""Names of pg_catalog that never return NULL where no argument is NULL, whatever the types."""

TOTAL_SIGNATURES = frozenset(
    {
        "current_setting(text)",
        "date_part(text, time with time zone)",
        "date_part(text, time without time zone)",
        "extract(text, time with time zone)",
        "extract(text, time without time zone)",
        "lower(text)",
        "string_to_array(text, text, text)",
        "substring(bytea, integer)",
        "substring(bytea, integer, integer)",
        "substring(bit, integer)",
        "substring(bit, integer, integer)",
        "substring(text, integer)",
        "substring(text, integer, integer)",
        "time(interval)",
        "time(time without time zone, integer)",
        "time(time with time zone)",
        "timetz(time with time zone, integer)",
        "timetz(time without time zone)",
        "to_char(bigint, text)",
        "to_char(double precision, text)",
        "to_char(integer, text)",
        "to_char(numeric, text)",
        "to_char(real, text)",
        "upper(text)",
    }
)
"""The functions of a name of which others do return NULL."""

NOT_TOTAL_SIGNATURES = frozenset(
    f"{name}(jsonb)" for name in ("bool", "float4", "float8", "int2", "int4", "int8", "numeric")
)
"""The functions of those names that do return NULL: casts of JSON's null, from PostgreSQL 18 on."""

ALWAYS = _words(
    """
    array_append array_prepend concat daterange int4range int8range json_build_array json_build_object jsonb_build_array
    jsonb_build_object num_nonnulls num_nulls numrange pg_typeof quote_nullable tsrange tstzrange
    """
)
"""Names of pg_catalog that do not return NULL even for NULLs; but for a NULL in place of all ``variadic`` arguments."""

BY_FIRST = _words("array_positions array_remove array_replace concat_ws format")
"""Names of pg_catalog that return NULL for no other NULL than their first argument."""

BY_ANY = _words("array_cat")
"""Names of pg_catalog that return NULL only where every argument is NULL."""

ALWAYS_SIGNATURES = frozenset(
    {"enum_first(anyenum)", "enum_last(anyenum)", "enum_range(anyenum)", "enum_range(anyenum, anyenum)"}
)
"""The functions of other names that do not return NULL even for NULLs."""

OF_VALUES = frozenset(
    {
        "any_value",
        "avg",
        "bit_and",
        "bit_or",
        "bit_xor",
        "bool_and",
        "bool_or",
        "covar_pop",
        "every",
        "max",
        "min",
        "mode",
        "percentile_cont",
        "percentile_disc",
        "range_agg",
        "range_intersect_agg",
        "regr_avgx",
        "regr_avgy",
        "regr_sxx",
        "regr_sxy",
        "regr_syy",
        "stddev_pop",
        "sum",
        "var_pop",
        "xmlagg",
    }
)
"""Not NULL over a row whose arguments are not NULL. Those of a sample (stddev, var_samp, corr, regr_slope …) are NULL
of one row, and are not here."""

LASTING_FIELDS = _words("century decade epoch millennium year")
"""The fields of a time that ``extract`` gives of infinity too (as infinity); of the others, such as the month, it has
none."""

_OPERATORS = _words(
    """
    + - * / % ^ |/ ||/ @ & | # ~ << >> = <> < <= > >= || ~~ !~~ ~~* !~~* !~ ~* !~* ^@ ~<~ ~<=~ ~>=~ ~>~
    && @> <@ <<= >>= -|- &< &> @@ @@@ !! <-> ? ?| ?& #- <<| |>> &<| |&> @-@ ~= <^ >^ ?# ?- ?-| ?||
    """
)
_NOT_TOTAL_OPERATORS = frozenset(
    {"box_intersect", "jsonb_path_match_opr", "line_interpt", "lseg_interpt", "path_add", "path_distance"}
)
"""Functions of pg_catalog's operators of these names that do return NULL: nothing is in common, paths are closed or
of one point."""

TOTAL_OF_EXTENSIONS = {
    "citext": _words(
        """
        citext citext_cmp citext_eq citext_ge citext_gt citext_le citext_lt citext_ne replace split_part strpos
        texticlike texticnlike texticregexeq texticregexne translate
        """
    ),
    "pg_trgm": _words(
        """
        similarity similarity_dist similarity_op strict_word_similarity strict_word_similarity_op show_trgm
        word_similarity word_similarity_op word_similarity_dist_op word_similarity_commutator_op
        """
    ),
    "pgcrypto": _words("crypt digest gen_random_bytes gen_random_uuid gen_salt hmac"),
    # Not here, because NULL of something empty: st_distance, st_x and st_y, st_azimuth, st_closestpoint, <->, casts to
    # point and box; of an empty array: st_collect, st_makeline, st_union.
    "postgis": _words(
        """
        geography geography_eq geography_ge geography_gt geography_le geography_lt geography_overlaps geometry
        geometry_contains geometry_eq geometry_ge geometry_gt geometry_le geometry_lt geometry_overlaps geometry_same
        geometry_within geometrytype st_area st_asbinary st_asewkb st_asewkt st_asgeojson st_astext
        st_centroid st_contains st_convexhull st_coveredby st_covers st_crosses st_dfullywithin st_dimension
        st_disjoint st_dwithin st_envelope st_equals st_force2d st_geogfromtext st_geometrytype st_geomfromgeojson
        st_geomfromtext st_geomfromwkb st_intersects st_isempty st_issimple st_isvalid st_length st_makeenvelope
        st_makepoint st_multi st_npoints st_numgeometries st_overlaps st_perimeter st_point st_setsrid
        st_srid st_tileenvelope st_touches st_within
        """
    )
    | {"st_transform(geometry, integer)"},
    "unaccent": _words("unaccent"),
    "uuid-ossp": _words("uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuid_generate_v5 uuid_nil"),
}
"""By extension, the names (or signatures) of its functions, those behind its operators included, that never
return NULL where no argument is NULL."""

ROWS = {
    "generate_series(bigint, bigint)": (1,),
    "generate_series(bigint, bigint, bigint)": (1,),
    "generate_series(integer, integer)": (1,),
    "generate_series(integer, integer, integer)": (1,),
    "generate_series(numeric, numeric)": (1,),
    "generate_series(numeric, numeric, numeric)": (1,),
    "generate_series(timestamp with time zone, timestamp with time zone, interval)": (1,),
    "generate_series(timestamp with time zone, timestamp with time zone, interval, text)": (1,),
    "generate_series(timestamp without time zone, timestamp without time zone, interval)": (1,),
    "generate_subscripts(anyarray, integer)": (1,),
    "generate_subscripts(anyarray, integer, boolean)": (1,),
    "json_array_elements(json)": (1,),
    "json_each(json)": (1, 2),
    "json_each_text(json)": (1,),
    "json_object_keys(json)": (1,),
    "jsonb_array_elements(jsonb)": (1,),
    "jsonb_each(jsonb)": (1, 2),
    "jsonb_each_text(jsonb)": (1,),
    "jsonb_object_keys(jsonb)": (1,),
    "jsonb_path_query(jsonb, jsonpath, jsonb, boolean)": (1,),
    "regexp_split_to_table(text, text)": (1,),
    "regexp_split_to_table(text, text, text)": (1,),
    "regexp_matches(text, text)": (1,),
    "regexp_matches(text, text, text)": (1,),
    "string_to_table(text, text)": (1,),
    "unnest(anymultirange)": (1,),
    "unnest(tsvector)": (1,),
}
"""Functions of pg_catalog that return sets: the columns of their rows that are never NULL."""

ARRAYS = frozenset(
    {
        "current_schemas(boolean)",
        "parse_ident(text, boolean)",
        "regexp_split_to_array(text, text)",
        "regexp_split_to_array(text, text, text)",
        "string_to_array(text, text)",
        "tsvector_to_array(tsvector)",
    }
)
"""Functions of pg_catalog that return arrays whose elements are never NULL."""


def is_total(function: Function) -> bool:
    """Whether it never returns NULL where no argument is NULL."""
    if function.schema == "pg_catalog":
        if function.signature in NOT_TOTAL_SIGNATURES:
            return False
        return function.name in TOTAL | BY_FIRST | BY_ANY | ALWAYS or (
            function.signature in TOTAL_SIGNATURES | ALWAYS_SIGNATURES
        )
    listed = TOTAL_OF_EXTENSIONS.get(function.extension or "", frozenset())
    return function.name in listed or function.signature in listed


def is_always(function: Function) -> bool:
    """Whether it never returns NULL, whatever the arguments are."""
    return function.schema == "pg_catalog" and (function.name in ALWAYS or function.signature in ALWAYS_SIGNATURES)


def is_first(function: Function) -> bool:
    """Whether it returns NULL for no other NULL than its first argument."""
    return function.schema == "pg_catalog" and function.name in BY_FIRST


def is_any(function: Function) -> bool:
    """Whether it returns NULL only where every argument is NULL."""
    return function.schema == "pg_catalog" and function.name in BY_ANY


def is_total_operator(operator: Operator, function: Function) -> bool:
    """Whether the operator's function never returns NULL where no operand is NULL."""
    if operator.schema != "pg_catalog":
        return is_total(function)
    return operator.name in _OPERATORS and function.name not in _NOT_TOTAL_OPERATORS
