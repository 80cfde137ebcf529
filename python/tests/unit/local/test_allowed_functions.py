"""Of the engine's functions only those reach it that are Snowflake's: every other one is refused by its name."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from sqlglot import exp

from snowmesh.local.allowed_functions import NAMES, require_allowed
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.gateway import Gateway
from snowmesh.local.login import LoginRequest
from snowmesh.local.parse import parse
from snowmesh.local.server import open_account

# DuckDB's names that pass, looked at one by one: they compute on their arguments and read nothing else
_REVIEWED = """
abs acos acosh any_value approx_count_distinct approx_quantile approx_top_k arg_max arg_min argmax argmin
array_agg array_append array_cat array_concat array_contains array_distinct array_filter array_has
array_intersect array_length array_position array_prepend array_reverse array_slice array_sort array_to_string
ascii asin asinh atan atan2 atanh avg bit_and bit_length bit_or bit_xor bool_and bool_or cbrt ceil ceiling
char_length character_length chr concat concat_ws contains corr cos cosh cot count count_if countif covar_pop
covar_samp cume_dist current_date date_add date_diff date_part date_sub date_trunc datediff day dayname
dayofmonth dayofweek dayofyear decode degrees dense_rank ends_with exp factorial filter first_value flatten
floor gen_random_uuid get_bit greatest group_concat hash hex hour instr isnan isodow json_extract
json_extract_path_text json_keys json_object kurtosis lag last_day last_value lcase lead least left len length
levenshtein listagg ln log log10 log2 lower lpad ltrim map_keys max max_by md5 median min min_by minute mod
mode month monthname nth_value ntile nullif octet_length percent_rank pi position pow power quarter radians
random rank regexp_extract regexp_extract_all regexp_full_match regexp_replace regr_avgx regr_avgy regr_count
regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy repeat replace reverse right round row_number
rpad rtrim second sha1 sign sin sinh skewness split split_part sqrt starts_with stddev stddev_pop stddev_samp
string_agg strpos substr substring sum tan tanh to_binary to_hex to_json to_timestamp translate trim trunc
typeof ucase unhex unicode upper uuid var_pop var_samp variance week weekofyear xor year
"""
REVIEWED = frozenset(_REVIEWED.split())
# parsed as a name and an alias, not as a call
NO_CALLS = {"apply", "glob", "show"}
REFUSALS = {2, 904, 1003, 1044, 2003, 2140, 2141}


def functions() -> list[tuple[str, str]]:
    found = duckdb.connect().execute("select distinct function_name, function_type from duckdb_functions()").fetchall()
    return sorted((name, kind) for name, kind in found if name.replace("_", "").isalnum())


def passes(sql: str) -> bool:
    """Whether the statement would reach the engine."""
    try:
        require_allowed(parse(sql))
    except SnowflakeError:
        return False
    return True


def test_every_function_of_the_engine_is_reviewed_or_refused() -> None:
    """A new release of the engine, or of the parser, that lets another function through fails here."""
    calls = ("()", "(x)", "(x, y)", "(x, y, z)", "('x')", "(*)", "(x) over ()", "(distinct x)")
    found = {name for name, _ in functions() if any(passes(f"select {name}{call}") for call in calls)}
    assert found - NO_CALLS <= REVIEWED


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_names_are_known(name: str) -> None:
    assert passes(f"select {name}(x)")


@pytest.mark.parametrize(
    "expression",
    [
        "read_text('/etc/passwd')",
        "read_blob('/etc/passwd')",
        "query('select 1')",
        "query_table('t')",
        "json_execute_serialized_sql('x')",
        "json_serialize_sql('select 1')",
        "current_query()",
        "current_setting('threads')",
        "getenv('HOME')",
        "getvariable('x')",
        "current_catalog()",
        "current_schemas(true)",
        "session_user()",
        "pg_get_viewdef(1)",
        "has_table_privilege('t', 'select')",
        "col_description(1, 1)",
        "pg_sleep(1)",
        "sleep_ms(1)",
        "txid_current()",
        "write_log('x')",
        "error('x')",
        "stats(x)",
        "nextval('s')",
        "currval('s')",
        "list_transform([1], x -> x)",
        "_fs_object_construct([], [], true)",
        "system.main.current_query()",
        "d.s.read_text('x')",
        "try(read_text('x'))",
        "coalesce(1, upper(max(read_text('x'))))",
        "iff(true, 1, (select read_text('x')))",
        "x::regclass",
        "columns('.*')",
        "\"read_text\"('x')",
    ],
)
def test_what_reaches_beyond_its_arguments_is_refused(expression: str) -> None:
    for sql in (
        f"select {expression}",
        f"select 1 from t where {expression} is null",
        f"insert into t select {expression}",
        f"update t set a = {expression}",
        f"delete from t where a = {expression}",
        f"create table t (a varchar default {expression})",
        f"select 1 from t order by {expression}",
        f"select 1 from t qualify row_number() over (order by {expression}) = 1",
    ):
        assert not passes(sql), sql


class Local:
    """A private account."""

    def __init__(self) -> None:
        self.gateway: Gateway = open_account(None, 0, lambda text: None)
        self.session = self.gateway.connect(LoginRequest(user="ADMIN", role="ACCOUNTADMIN", warehouse="COMPUTE_WH"), {})
        self.run("create database d")
        self.run("use schema d.public")
        self.run("create table t (a varchar)")

    def run(self, sql: str) -> Any:
        return self.gateway.execute(self.session, sql)


@pytest.fixture(scope="module")
def local() -> Local:
    return Local()


TABLE_FUNCTIONS = sorted({name for name, kind in functions() if kind in ("table", "table_macro", "pragma")})
TABLE_FUNCTIONS.remove("unnest")  # becomes FLATTEN


def test_no_table_function_of_the_engine_is_reached(local: Local) -> None:
    assert len(TABLE_FUNCTIONS) > 100
    for name in TABLE_FUNCTIONS:
        for sql in (
            f"select * from {name}('t')",
            f"select * from {name}()",
            f"select * from table({name}('t'))",
            f"select * from t, lateral {name}('t')",
            f"select * from t join {name}('t') on true",
            f"select * from system.main.{name}('t')",
            f"call {name}('t')",
            f"pragma {name}('t')",
        ):
            with pytest.raises(SnowflakeError) as error:
                local.run(sql)
            assert error.value.code in REFUSALS, (sql, error.value.message)


@pytest.mark.parametrize(
    "sql",
    [
        "create table u (a varchar default current_query())",
        "create view v as select current_query() as q",
        "create masking policy p as (v string) returns string -> current_query()",
        "create row access policy r as (v string) returns boolean -> read_text(v) is null",
        "create dynamic table y target_lag = '1 hour' warehouse = compute_wh as select current_query() as q",
        "insert into t values (current_query())",
        "merge into t using (select current_query() as q) s on t.a = s.q when not matched then insert values (s.q)",
    ],
)
def test_nor_through_a_definition(local: Local, sql: str) -> None:
    """Refused when it is made, or when it is read: never run."""
    try:
        local.run(sql)
    except SnowflakeError as error:
        assert error.code in REFUSALS, error.message
        return
    if "masking policy" in sql:
        local.run("create or replace table m (a varchar with masking policy p) as select 'x' as a")
    elif "row access policy" in sql:
        local.run("create or replace table m (a varchar) with row access policy r on (a)")
    with pytest.raises(SnowflakeError) as refused:
        local.run("select * from v" if "view" in sql else "select * from m")
    assert refused.value.code in (*REFUSALS, 2037, 100000) and "secret" not in refused.value.message


def test_the_engine_itself_reaches_no_file(local: Local) -> None:
    """A second wall: were a function let through, the engine would refuse the file."""
    duck = local.gateway._engine.duck
    for sql in (
        "select * from read_text('/etc/passwd')",
        "copy (select 1) to '/tmp/snowmesh-test.csv'",
        "attach '/tmp/snowmesh-test.db' as outside",
        "install httpfs",
        "set enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error):
            duck.cursor().execute(sql)


def test_junk_in_the_arguments_is_a_syntax_error(local: Local) -> None:
    """The parser stumbles over some of these: an error of Snowflake's shape, never of Python's."""
    for name, _ in functions():
        for call in ("()", "(,)", "(*)", "(distinct)", "(x => 1)", "(1, 2, 3, 4, 5, 6, 7)"):
            with pytest.raises(SnowflakeError) as error:
                local.run(f"select {name}{call} from nowhere")
            assert "Internal" not in error.value.message


def test_a_class_without_a_name_of_snowflakes_is_refused() -> None:
    tree = exp.select(exp.ReadCSV(this=exp.Literal.string("x")))
    with pytest.raises(SnowflakeError, match="READ_CSV"):
        require_allowed(tree)
