"""How bad a kind of change is, for those whom it reaches and when it reaches nobody that is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(str, Enum):
    """breaking: a known consumer fails or reads something else. risky: somebody may. safe: nobody does."""

    BREAKING = "breaking"
    RISKY = "risky"
    SAFE = "safe"


class Reach(Enum):
    """Whom a change reaches."""

    COLUMN = "the models that read the column"
    STAR = "the models that read every column with *"
    ALL = "every model that reads the product"
    UNPINNED = "the models that name no version"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Kind:
    """A kind of change: what it does, whom it reaches, how bad it is for them and for nobody, and whether dbt says so.

    `dbt` is what `dbt build --state` says of it: '' nothing at all, else when.
    """

    text: str
    reach: Reach
    reached: Severity
    unreached: Severity
    dbt: str = ""


_B, _R, _S = Severity.BREAKING, Severity.RISKY, Severity.SAFE
_CONTRACT = "with --state, as a warning; as an error when the model is versioned"
KINDS: dict[str, Kind] = {
    "product-removed": Kind("the product is gone", Reach.ALL, _B, _R, "with --state, until its deprecation date"),
    "version-removed": Kind("this version is gone", Reach.ALL, _B, _R, "with --state, until its deprecation date"),
    "product-versioned": Kind("the product has versions now, under other names", Reach.ALL, _B, _R, _CONTRACT),
    "access-lowered": Kind("other projects may no longer read it", Reach.ALL, _B, _R),
    "access-raised": Kind("more projects may read it", Reach.NOBODY, _S, _S),
    "relation-moved": Kind("the relation has another name", Reach.ALL, _B, _R),
    "materialization-changed": Kind("it is built in another way", Reach.ALL, _R, _S, _CONTRACT),
    "contract-removed": Kind("its columns are no longer promised", Reach.ALL, _R, _R, _CONTRACT),
    "contract-added": Kind("its columns are promised now", Reach.NOBODY, _S, _S),
    "group-changed": Kind("it belongs to another group", Reach.NOBODY, _S, _S),
    "owner-changed": Kind("it has another owner", Reach.NOBODY, _S, _S),
    "deprecation-changed": Kind("the day on which it goes has changed", Reach.ALL, _R, _S),
    "latest-version-changed": Kind("an unpinned ref means another version", Reach.UNPINNED, _R, _S),
    "sql-changed": Kind("it is computed in another way", Reach.ALL, _R, _S),
    "row-access-changed": Kind("other rows are shown", Reach.ALL, _B, _R),
    "aggregation-changed": Kind("other queries are allowed", Reach.ALL, _B, _R),
    "tags-changed": Kind("it has other tags", Reach.ALL, _R, _S),
    "promise-removed": Kind("a promise about its rows is gone", Reach.ALL, _R, _R),
    "grant-removed": Kind("a role may no longer read it", Reach.ALL, _R, _R),
    "grant-added": Kind("another role may read it", Reach.NOBODY, _S, _S),
    "column-removed": Kind("the column is gone", Reach.COLUMN, _B, _R, _CONTRACT),
    "column-type-changed": Kind("the column has another type", Reach.COLUMN, _B, _R, _CONTRACT),
    "column-precision-changed": Kind("the column has another length or precision", Reach.COLUMN, _R, _S, _CONTRACT),
    "column-protection-changed": Kind("others see it masked, or clear", Reach.COLUMN, _B, _R),
    "column-unprotected": Kind("it is no longer protected", Reach.COLUMN, _R, _R),
    "column-promise-removed": Kind("a promise about the column is gone", Reach.COLUMN, _R, _R),
    "column-description-changed": Kind("it is described in another way", Reach.COLUMN, _S, _S),
    "column-added": Kind("there is a new column", Reach.STAR, _R, _S),
    "columns-reordered": Kind("the columns have another order", Reach.STAR, _R, _S),
}
