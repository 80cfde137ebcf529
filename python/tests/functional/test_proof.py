"""snowmesh proof on the built product: it holds, and it sees every planted fault.

The account is one of its own, since faults are planted in it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from dbt.cli.main import dbtRunner

from snowmesh.bootstrap.cli import main as mesh_bootstrap
from snowmesh.cli import main as snowmesh
from tests.conftest import Snowflake, started

REPOSITORY = Path(__file__).parents[3]
ORDERS = "foundational_db.prod.fct_orders"
GOVERNANCE = "foundational_db.governance"
README_SCALE = 0.01  # the demo's, whose proof the README shows


@dataclass(frozen=True)
class Built:
    """The account with the upstream project built."""

    account: Snowflake
    projects: Path

    def proof(self, *arguments: str) -> Result:
        files = ["--file", str(self.projects / "mesh.yml"), "--project-dir", str(self.projects / "foundational")]
        return CliRunner().invoke(snowmesh, ["proof", *arguments, *files, "--port", str(self.account.port)])

    def sql(self, *statements: str) -> None:
        self.account.run("use warehouse foundational_wh", *statements, role="FOUNDATIONAL_ROLE")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("proof")
    generated = shutil.ignore_patterns("target", "logs", "dbt_packages", "package-lock.yml", ".user.yml")
    shutil.copytree(REPOSITORY / "projects", folder / "projects", ignore=generated)
    for part in ("dbt_project.yml", "macros"):  # the package that the projects install by `local: ../..`
        (folder / part).symlink_to(REPOSITORY / part)
    with started(README_SCALE) as account, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNOWMESH_LOCAL_PORT", str(account.port))
        mesh, project = str(folder / "projects/mesh.yml"), str(folder / "projects/foundational")
        done = CliRunner().invoke(mesh_bootstrap, ["apply", "--file", mesh, "--local", str(account.port)])
        assert done.exit_code == 0, done.output
        for command in ("deps", "run"):
            options = ["--project-dir", project, "--profiles-dir", project, "--log-path", str(folder / "logs")]
            assert dbtRunner().invoke([command, "--quiet", *options]).success
        yield Built(account, folder / "projects")


def test_every_cell_is_as_declared(built: Built) -> None:
    """R31: secondary roles off. The same value clear for two roles, the mask for one, refused to one."""
    done = built.proof("--output", "json")
    assert done.exit_code == 0, done.output
    cells = {(row["column"], row["role"]): row for row in json.loads(done.stdout)}
    assert len(cells) == 14 * 4
    assert {cell["fault"] for cell in cells.values()} == {""}
    name = {role: cell for (column, role), cell in cells.items() if column == "NAME"}
    assert name["FOUNDATIONAL_ROLE"]["read"] == name["FOUNDATIONAL_PII_READER_ROLE"]["read"]
    assert name["FOUNDATIONAL_ROLE"]["read"].startswith("Customer#")
    assert name["FINANCE_ROLE"]["read"] == "****"
    assert name["MARKETING_ROLE"]["read"] == "refused"


def test_readme_shows_what_the_proof_prints(built: Built) -> None:
    assert built.proof().stdout in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_staging_view_is_proved_with_the_types_that_it_really_has(built: Built) -> None:
    done = built.proof("stg_customers")
    assert done.exit_code == 0, done.output
    assert "28 of 28 cells are as declared: 7 clear, 0 masked, 21 refused." in done.stdout


FAULTS = {
    "mask body returns the value": (
        [f"alter masking policy {GOVERNANCE}.pii_mask_string set body -> val"],
        [
            f"alter masking policy {GOVERNANCE}.pii_mask_string set body -> "
            "case when is_role_in_session('FOUNDATIONAL_PII_READER_ROLE') then val else '****' end"
        ],
        "column NAME as FINANCE_ROLE is declared masked",
    ),
    "mask body masks for everyone": (
        [f"alter masking policy {GOVERNANCE}.pii_mask_string set body -> '****'"],
        [
            f"alter masking policy {GOVERNANCE}.pii_mask_string set body -> "
            "case when is_role_in_session('FOUNDATIONAL_PII_READER_ROLE') then val else '****' end"
        ],
        "column NAME as FOUNDATIONAL_PII_READER_ROLE is declared clear",
    ),
    "tag not applied": (
        [f"alter table {ORDERS} modify column name unset tag {GOVERNANCE}.pii_data"],
        [f"alter table {ORDERS} modify column name set tag {GOVERNANCE}.pii_data = 'name'"],
        "column NAME as FINANCE_ROLE is declared masked",
    ),
    "another column tagged too": (
        [f"alter table {ORDERS} modify column status_code set tag {GOVERNANCE}.pii_data = 'name'"],
        [f"alter table {ORDERS} modify column status_code unset tag {GOVERNANCE}.pii_data"],
        "column STATUS_CODE as FINANCE_ROLE is declared clear",
    ),
    "grant to PUBLIC": (
        [f"grant select on table {ORDERS} to role public"],
        [f"revoke select on table {ORDERS} from role public"],
        "column ORDER_KEY as MARKETING_ROLE is declared refused",
    ),
    "grant revoked": (
        [f"revoke select on table {ORDERS} from role finance_role"],
        [f"grant select on table {ORDERS} to role finance_role"],
        "column ORDER_KEY as FINANCE_ROLE is declared clear",
    ),
    "column that the YAML does not declare": (
        [f"alter table {ORDERS} add column phone varchar"],
        [f"alter table {ORDERS} drop column phone"],
        "has column PHONE, which the YAML does not declare",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_proof_sees_the_fault(built: Built, fault: str) -> None:
    plant, undo, says = FAULTS[fault]
    containers = [
        f"usage on {name} to role public" for name in ("database foundational_db", "schema foundational_db.prod")
    ]
    if fault == "grant to PUBLIC":
        built.account.run(*(f"grant {text}" for text in containers), role="ACCOUNTADMIN")
    built.sql(*plant)
    try:
        done = built.proof()
        assert done.exit_code == 1, done.output
        assert says in done.stdout
    finally:
        built.sql(*undo)
        if fault == "grant to PUBLIC":
            revokes = (f"revoke {text.replace(' to role', ' from role')}" for text in containers)
            built.account.run(*revokes, role="ACCOUNTADMIN")
    assert built.proof().exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["fct_order"], "has no model fct_order"),
        (["-r", "nobody_role"], "declares no role NOBODY_ROLE"),
        (["--project-dir", "/nowhere"], "manifest.json cannot be read"),
        (["--file", "/nowhere/mesh.yml"], "cannot be read"),
    ],
)
def test_bad_input_is_one_message(built: Built, arguments: list[str], says: str) -> None:
    done = (
        built.proof()
        if not arguments
        else CliRunner().invoke(
            snowmesh,
            [
                "proof",
                "--file",
                str(built.projects / "mesh.yml"),
                "--project-dir",
                str(built.projects / "foundational"),
                "--port",
                str(built.account.port),
                *arguments,
            ],
        )
    )
    assert done.exit_code == 2
    assert says in done.stderr
    assert "Next: " in done.stderr
