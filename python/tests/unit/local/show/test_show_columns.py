"""Golden column lists of section 7: exact names, order and case."""

import pytest

from snowmesh.account.system import fresh_account
from snowmesh.local import show
from snowmesh.local.session import Session

TERSE = "created_on name kind database_name schema_name"
POLICY = "created_on name database_name schema_name kind owner comment owner_role_type options"
GRANT = "created_on privilege granted_on name granted_to grantee_name grant_option granted_by"
GOLDEN = {
    # S1
    "show roles": "created_on name is_default is_current is_inherited assigned_to_users granted_to_roles granted_roles "
    "owner comment",
    # S3, S4, S5, S6, S7
    "show grants to role public": GRANT,
    "show grants on account": f"{GRANT} granted_by_role_type",
    "show grants of role sysadmin": "created_on role granted_to grantee_name granted_by",
    "show grants to user admin": "created_on privilege granted_on name role granted_to grantee_name grant_option granted_by",
    "show grants": "created_on privilege granted_on name role granted_to grantee_name grant_option granted_by",
    "show future grants to role public": "created_on privilege grant_on name grant_to grantee_name grant_option",
    # S11, S12, S13
    "show databases": "created_on name is_default is_current origin owner comment options retention_time kind "
    "owner_role_type",
    "show databases history": "created_on name is_default is_current origin owner comment options retention_time "
    "dropped_on kind owner_role_type",
    "show schemas": "created_on name is_default is_current database_name owner comment options retention_time "
    "owner_role_type",
    "show warehouses": "name state type size min_cluster_count max_cluster_count started_clusters running queued "
    "is_default is_current auto_suspend auto_resume available provisioning quiescing other created_on resumed_on "
    "updated_on owner comment enable_query_acceleration query_acceleration_max_scale_factor resource_monitor actives "
    "pendings failed suspended uuid scaling_policy budget owner_role_type resource_constraint generation",
    # S14, S15
    "show tags": "created_on name database_name schema_name owner comment allowed_values owner_role_type propagate "
    "on_conflict",
    "show masking policies": POLICY,
    "show row access policies": POLICY,
    # S17, S17a, S18, S19
    "show objects": "created_on name database_name schema_name kind comment cluster_by rows bytes owner retention_time "
    "owner_role_type budget is_hybrid is_dynamic is_iceberg",
    "show terse objects": TERSE,
    "show terse schemas": TERSE,
    "show terse tables": TERSE,
    "show terse views": TERSE,
    "show terse databases": TERSE,
    "show tables": "created_on name database_name schema_name kind comment cluster_by rows bytes owner retention_time "
    "automatic_clustering change_tracking search_optimization search_optimization_progress search_optimization_bytes "
    "is_external enable_schema_evolution owner_role_type is_event budget is_hybrid is_iceberg is_dynamic",
    "show views": "created_on name reserved database_name schema_name owner comment text is_secure is_materialized "
    "owner_role_type change_tracking",
    "show dynamic tables": "created_on name database_name schema_name cluster_by rows bytes owner target_lag scheduler "
    "refresh_mode refresh_mode_reason warehouse initialization_warehouse comment text automatic_clustering "
    "scheduling_state last_suspended_on is_clone is_replica is_iceberg data_timestamp owner_role_type immutable_where "
    "execute_as_user",
    "show columns": "table_name schema_name column_name data_type null? default kind expression comment database_name "
    "autoincrement schema_evolution_record",
    "show primary keys": "created_on database_name schema_name table_name column_name key_sequence constraint_name rely "
    "comment",
    "show unique keys": "created_on database_name schema_name table_name column_name key_sequence constraint_name rely "
    "comment",
    "show imported keys": "created_on pk_database_name pk_schema_name pk_table_name pk_column_name fk_database_name "
    "fk_schema_name fk_table_name fk_column_name key_sequence update_rule delete_rule fk_name pk_name deferrability "
    "rely comment",
    # S20
    "show users": "name created_on login_name display_name first_name last_name email mins_to_unlock days_to_expiry "
    "comment disabled must_change_password snowflake_lock default_warehouse default_namespace default_role "
    "default_secondary_roles ext_authn_duo ext_authn_uid mins_to_bypass_mfa owner last_success_login expires_at_time "
    "locked_until_time has_password has_rsa_public_key type has_mfa",
    "show parameters": "key value default level description type",
    # S21
    "desc user admin": "property value default description",
    "desc warehouse compute_wh": "created_on name kind",
}


@pytest.mark.parametrize("sql", GOLDEN)
def test_columns_are_those_of_snowflake(sql: str) -> None:
    statement = show.parse(sql)
    assert statement is not None
    result = show.execute(statement, fresh_account(), Session("ADMIN", "ACCOUNTADMIN"))
    assert [c.name for c in result.columns] == GOLDEN[sql].split()
    assert all(len(row) == len(result.columns) for row in result.rows)


def test_names_of_describe_table_have_spaces_and_a_question_mark(ask_shop) -> None:
    """S22, S23."""
    golden = "name|type|kind|null?|default|primary key|unique key|check|expression|comment|policy name|privacy domain"
    for sql in ("describe table shop.core.orders", "desc view shop.core.v_orders", "describe table shop.core.v_orders"):
        assert list(ask_shop(sql)[0]) == golden.split("|")


def test_types_are_the_connector_s_words() -> None:
    statement = show.parse("show objects")
    assert statement is not None
    found = show.execute(statement, fresh_account(), Session("ADMIN", "ACCOUNTADMIN"))
    types = {c.name: c.type for c in found.columns}
    assert types["created_on"] == "TIMESTAMP_LTZ"
    assert types["rows"] == types["bytes"] == "FIXED"
    assert types["name"] == types["is_dynamic"] == "TEXT"
