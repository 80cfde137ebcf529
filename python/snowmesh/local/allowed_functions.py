"""The functions that may reach the engine: those of Snowflake that mean the same in it, and no others.

DuckDB has some nine hundred functions; some read files, settings, catalogs or other tables, run SQL that is given to
them as a text, or tell the rewritten statement. None is reachable by default: a function is refused by its name unless
it stands here. The check is made on what the engine gets, after views and policies are in it.
https://docs.snowflake.com/en/sql-reference/functions-all
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from snowmesh.local.errors import SnowflakeError, not_implemented

# syntax that sqlglot calls a function, and operators
_SYNTAX = """
And Or Xor Case If Cast TryCast Exists Coalesce Array Struct StarMap Explode Generator JSONExtract
JSONExtractScalar Grouping GroupingId CastToStrType Pow
"""
_NUMBERS = """
Abs Ceil Floor Round Trunc Sign Sqrt Cbrt Exp Ln Log Factorial Degrees Radians Pi Sin Sinh Asin Asinh Cos Cosh Acos
Acosh Tan Tanh Atan Atan2 Atanh Cot Greatest Least Nullif Nvl2 EqualNull Rand Randn Uniform Normal WidthBucket
SafeDivide IsNan ToNumber ToDouble ToBoolean Booland Boolor Boolnot Getbit BitwiseCount
"""
_TEXTS = """
Ascii BitLength ByteLength Chr Concat ConcatWs Contains EndsWith StartsWith Initcap Left Right Length Levenshtein Lower
Upper MD5 MD5Digest MD5NumberLower64 MD5NumberUpper64 SHA SHA1Digest SHA2 SHA2Digest Pad Trim RegexpCount RegexpExtract
RegexpExtractAll RegexpFullMatch RegexpILike RegexpInstr RegexpLike RegexpReplace RegexpSplit RegexpSubstr Repeat
Replace Reverse RtrimmedLength Space Split SplitPart SplitToTable StrPosition Strtok StrtokToArray Stuff Substring
Translate Unicode Uuid Hex Unhex HexDecodeString TryHexDecodeString TryHexDecodeBinary Base64Encode Base64DecodeBinary
Base64DecodeString TryBase64DecodeBinary TryBase64DecodeString ToBinary ToChar TimeToStr NumberToStr
JarowinklerSimilarity Collate Collation Soundex SoundexP123 ParseUrl ParseIp Compress DecompressString DecompressBinary
Randstr DecodeCase
"""
_DATES = """
AddMonths ConvertTimezone CurrentDate CurrentDatetime CurrentTime CurrentTimestamp CurrentTimestampLTZ Localtime
Localtimestamp Systimestamp Date DateAdd DateDiff DateSub DateFromParts DateTrunc Datetime Day DayOfMonth DayOfWeek
DayOfWeekIso DayOfYear Dayname Extract Hour LastDay Minute Month Monthname MonthsBetween NextDay PreviousDay Quarter
Second StrToDate StrToTime Time TimeAdd TimeDiff TimeFromParts TimeSlice TimeStrToTime TimeTrunc Timestamp TimestampAdd
TimestampDiff TimestampFromParts TimestampLtzFromParts TimestampSub TimestampTrunc TimestampTzFromParts TsOrDsAdd
TsOrDsDiff TsOrDsToDate TsOrDsToDatetime TsOrDsToTime TsOrDsToTimestamp UnixToTime UnixToStr Week WeekOfYear Year
YearOfWeek YearOfWeekIso
"""
_AGGREGATES = """
AnyValue ApproxDistinct ApproxQuantile ApproxTopK ArgMax ArgMin ArrayAgg ArrayUnionAgg ArrayUniqueAgg Avg BitwiseAndAgg
BitwiseOrAgg BitwiseXorAgg BoolxorAgg Corr Count CountIf CovarPop CovarSamp CumeDist DenseRank FirstValue GroupConcat
Hll Kurtosis Lag LastValue Lead LogicalAnd LogicalOr Max Median Min Mode NthValue Ntile ObjectAgg JSONObjectAgg
PercentRank PercentileCont PercentileDisc Rank RegrAvgx RegrAvgy RegrCount RegrIntercept RegrR2 RegrSlope
RegrSxx RegrSxy RegrSyy RegrValx RegrValy RowNumber Seq1 Seq2 Seq4 Seq8 Skewness Stddev StddevPop StddevSamp Sum
Variance VariancePop HashAgg
"""
_SEMI_STRUCTURED = """
ArrayAppend ArrayCompact ArrayConcat ArrayConstructCompact ArrayContains ArrayDistinct ArrayExcept ArrayFilter
ArrayInsert ArrayIntersect ArrayMax ArrayMin ArrayOverlaps ArrayPosition ArrayPrepend ArrayRemove ArrayRemoveAt
ArrayReverse ArraySize ArraySlice ArraySort SortArray ArrayToString ArraysZip Flatten GetExtract IsArray IsNullValue
JSONFormat JSONKeys JSONObject MapCat MapContainsKey MapDelete MapInsert MapKeys MapPick MapSize
ParseJSON CheckJson StripNullValue ToArray ToVariant Transform ObjectInsert ObjectTransform Typeof
"""
_ENGINES_OWN = "CurrentVersion"  # a text of fakesnow's, in the place of the engine's
CLASSES: frozenset[type[exp.Expr]] = frozenset(
    getattr(exp, name)
    for names in (_SYNTAX, _NUMBERS, _TEXTS, _DATES, _AGGREGATES, _SEMI_STRUCTURED, _ENGINES_OWN)
    for name in names.split()
)
# those that sqlglot has no class for
NAMES = frozenset(
    (
        "HASH",
        "HAVERSINE",
        "RATIO_TO_REPORT",
        "SHA2_HEX",
        "SHA2_BINARY",
        "TO_DATE",
        "TO_TIMESTAMP",
        "TO_TIMESTAMP_NTZ",
        "TRY_PARSE_JSON",
    )
)
_DATA_TYPES = """
ARRAY BIGINT BINARY BOOLEAN CHAR DATE DATETIME DECIMAL DOUBLE FLOAT GEOGRAPHY GEOMETRY INT JSON MAP NCHAR NVARCHAR
OBJECT SMALLINT TEXT TIME TIMESTAMP TIMESTAMPLTZ TIMESTAMPNTZ TIMESTAMPTZ TINYINT VARBINARY VARCHAR VARIANT VECTOR
INTERVAL NULL UNKNOWN
"""
_TYPES = frozenset(getattr(exp.DType, name) for name in _DATA_TYPES.split())


def require_allowed(tree: exp.Expr) -> None:
    """Raise SnowflakeError for the first function or type of the statement that is not one of Snowflake's here."""
    if isinstance(tree, exp.Command):
        raise not_implemented(f"{tree.name.upper()} in the engine")
    for node in tree.walk():
        if isinstance(node, exp.Func):
            _check(node)
        elif isinstance(node, exp.DataType) and node.this not in _TYPES:
            raise not_implemented(f"data type {node.sql(dialect='snowflake').upper()}")


def _check(node: exp.Func) -> None:
    if isinstance(node.parent, exp.Dot):
        raise not_implemented(f"function {node.parent.sql(dialect='snowflake')}", "there are no functions of users")
    if isinstance(node, (exp.Anonymous, exp.AnonymousAggFunc)):
        name = node.name.upper() if isinstance(node.this, exp.Expr) else str(node.this).upper()
        if name not in NAMES:
            raise unknown(name)
    elif type(node) not in CLASSES:
        raise unknown(str(node.sql(dialect="snowflake").split("(")[0]).upper() or node.sql_name())


def unknown(name: str) -> SnowflakeError:
    """Snowflake's error for a function that is not there."""
    return SnowflakeError(2140, "42601", f"SQL compilation error:\nUnknown function {name}")


def names() -> Iterator[str]:
    """The names of the functions that are allowed, as sqlglot calls them."""
    yield from NAMES
    for kind in CLASSES:
        if issubclass(kind, exp.Func):
            yield kind.sql_name()
