"""The shared database SNOWFLAKE and the views of its schema ACCOUNT_USAGE that are answered here (V1-V8).

Unlike on a real account: no latency, no history of dropped objects, no internal identifiers (NULL).
https://docs.snowflake.com/en/sql-reference/account-usage
"""

from __future__ import annotations

from collections.abc import Iterator

from snowmesh.account.grants import Grant
from snowmesh.account.objects import (
    Column,
    Database,
    ObjectRef,
    ObjectType,
    Relation,
    Schema,
    SecurableObject,
    Tag,
    database,
    database_role,
    schema,
)
from snowmesh.account.roles import ACCOUNTADMIN
from snowmesh.account.state import Account, TagTarget, frozen
from snowmesh.local.session import ResultSet, json_list
from snowmesh.local.show.grants import Held, all_held
from snowmesh.local.show.listing import columns
from snowmesh.local.virtual import policy_references, usage_objects, usage_policies
from snowmesh.local.virtual.catalog import rows
from snowmesh.local.virtual.usage_view import (
    GOVERNANCE,
    OBJECT,
    SECURITY,
    USAGE,
    Row,
    View,
    imported,
    role_name,
    role_type,
    times,
)

NAME, SCHEMA = "SNOWFLAKE", "ACCOUNT_USAGE"
_TYPES = {
    "TEXT": "VARCHAR(16777216)",
    "FIXED": "NUMBER(38,0)",
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMP_LTZ": "TIMESTAMP_LTZ(9)",
}


def installed(account: Account) -> Account:
    """The account with the database SNOWFLAKE, open to ACCOUNTADMIN, who may pass IMPORTED PRIVILEGES on (V2)."""
    home = account.objects.get(database(NAME))
    if isinstance(home, Database) and not home.shared:
        return account  # a data folder of an earlier version, with a database of that name
    if home is None:
        properties = frozen({"ORIGIN": "SNOWFLAKE.ACCOUNT_USAGE"})
        account = account.with_object(Database(ref=database(NAME), owner="", shared=True, properties=properties))
        grant = Grant("IMPORTED PRIVILEGES", database(NAME), ACCOUNTADMIN, grant_option=True)
        account = account.with_object(Schema(ref=schema(NAME, SCHEMA), owner="")).with_grants([grant])
    for name, view in VIEWS.items():
        shown = tuple(Column(c.name, _TYPES[c.type]) for c in view.columns)
        ref = ObjectRef(ObjectType.VIEW, (NAME, SCHEMA, name))
        # the text is Snowflake's secret, and never read: `answer` gives the rows
        account = account.with_object(
            Relation(ref=ref, owner="", columns=shown, kind="VIEW", query="SNOWFLAKE", secure=True)
        )
    return _with_roles(account)


def _with_roles(account: Account) -> Account:
    """The database roles of SNOWFLAKE, each with the views that it may read; nobody can revoke that (V2)."""
    for name in (OBJECT, GOVERNANCE, SECURITY, USAGE):
        role = database_role(NAME, name)
        account = account.with_object(SecurableObject(ref=role, owner=""))
        views = [ObjectRef(ObjectType.VIEW, (NAME, SCHEMA, n)) for n, view in VIEWS.items() if name in view.roles]
        homes = [database(NAME), schema(NAME, SCHEMA)]
        account = account.with_grants(Grant("USAGE", home, role) for home in homes)
        account = account.with_grants(Grant("SELECT", view, role) for view in views)
    return account


def answers(account: Account, name: tuple[str, ...]) -> bool:
    """Whether a name is in the schema ACCOUNT_USAGE of the shared database SNOWFLAKE."""
    home = account.objects.get(database(NAME))
    return name[:2] == (NAME, SCHEMA) and isinstance(home, Database) and home.shared


def answer(account: Account, name: str) -> ResultSet:
    """The rows of a view. They are the whole account's: the views are not filtered by role."""
    return rows(VIEWS[name].columns, VIEWS[name].rows(account))


# -- grants ----------------------------------------------------------------------------------------------


def _grants_to_roles(account: Account) -> Iterator[Row]:
    """Privileges of roles and users; the role hierarchy is USAGE on ROLE (V3, V4)."""
    for held in sorted(all_held(account), key=lambda h: h.order):
        if _to_user(held) or imported(account, held.grantee):  # V6
            continue
        home = [parent.name[-1] for parent in held.on.parents]
        grantee = held.grantee.type
        yield {
            "CREATED_ON": held.created_on,
            "MODIFIED_ON": held.created_on,
            "PRIVILEGE": held.privilege,
            "GRANTED_ON": held.on.type.shown,
            "NAME": held.on.name[-1] if held.on.name else account.name,
            "TABLE_CATALOG": home[0] if home else None,
            "TABLE_SCHEMA": home[1] if len(home) > 1 else None,
            "GRANTED_TO": "ACCOUNT ROLE" if grantee is ObjectType.ROLE else grantee.shown,
            "GRANTEE_NAME": held.grantee.name[-1],
            "GRANT_OPTION": held.grant_option,
            "GRANTED_BY": role_name(held.granted_by),
            "GRANTED_BY_ROLE_TYPE": role_type(held.granted_by),
        }


def _grants_to_users(account: Account) -> Iterator[Row]:
    """Account roles of users (V5)."""
    for held in sorted(filter(_to_user, all_held(account)), key=lambda h: h.order):
        yield {
            "CREATED_ON": held.created_on,
            "ROLE": held.on.name[-1],
            "GRANTED_TO": "USER",
            "GRANTEE_NAME": held.grantee.name[-1],
            "GRANTED_BY": role_name(held.granted_by),
        }


def _to_user(held: Held) -> bool:
    """Whether it is an account role that a user was given."""
    return held.grantee.type is ObjectType.USER and held.on.type is ObjectType.ROLE and held.privilege == "USAGE"


# -- tags and policies -------------------------------------------------------------------------------------


def _tag_references(account: Account) -> Iterator[Row]:
    """Tags where they are set: no inherited rows (V8)."""
    for target in sorted(account.tag_values):
        for tag, value in sorted(account.tag_values[target].items()):
            yield {**_tag_names(tag), "TAG_VALUE": value, **_tagged(account, target), "APPLY_METHOD": "MANUAL"}


def _tag_names(tag: ObjectRef) -> Row:
    return dict(zip(("TAG_DATABASE", "TAG_SCHEMA", "TAG_NAME"), tag.name, strict=True))


def _tagged(account: Account, target: TagTarget) -> Row:
    ref = target.object
    home = [parent.name[-1] for parent in ref.parents]
    domain = "TABLE" if ref.type in (ObjectType.VIEW, ObjectType.DYNAMIC_TABLE) else ref.type.shown
    return {
        "OBJECT_DATABASE": home[0] if home else None,
        "OBJECT_SCHEMA": home[1] if len(home) > 1 else None,
        "OBJECT_NAME": ref.name[-1] if ref.name else account.name,
        "DOMAIN": "COLUMN" if target.column else domain,
        "COLUMN_NAME": target.column or None,
    }


def _tags(account: Account) -> Iterator[Row]:
    for item in account.of_type(ObjectType.TAG):
        allowed = item.allowed_values if isinstance(item, Tag) else None
        yield {
            **_tag_names(item.ref),
            "TAG_OWNER": role_name(item.owner),
            "TAG_COMMENT": item.comment or None,
            **times(item, "CREATED", "LAST_ALTERED"),
            "ALLOWED_VALUES": None if allowed is None else json_list(allowed),
        }


# -- roles and users ---------------------------------------------------------------------------------------


def _roles(account: Account) -> Iterator[Row]:
    for item in (o for o in account.objects.values() if o.ref.type.value.endswith("ROLE")):
        yield {
            "NAME": item.ref.name[-1],
            "COMMENT": item.comment or None,
            "OWNER": role_name(item.owner),
            "ROLE_TYPE": item.ref.type.shown,
            "ROLE_DATABASE_NAME": item.ref.name[0] if item.ref.type.depth > 1 else None,
            **times(item, "CREATED_ON"),
            "IS_FROM_ORGANIZATION_USER_GROUP": False,
        }


def _users(account: Account) -> Iterator[Row]:
    for item in account.of_type(ObjectType.USER):
        given, name = item.properties, item.ref.name[0]
        kept = ("EMAIL", "FIRST_NAME", "LAST_NAME", "DEFAULT_WAREHOUSE", "DEFAULT_NAMESPACE", "DEFAULT_ROLE", "TYPE")
        yield {
            "NAME": name,
            **times(item, "CREATED_ON"),
            "LOGIN_NAME": given.get("LOGIN_NAME", name),
            "DISPLAY_NAME": given.get("DISPLAY_NAME", name),
            **{column: given.get(column) for column in kept},
            "HAS_PASSWORD": "HAS_PASSWORD" in given,
            "HAS_RSA_PUBLIC_KEY": "HAS_RSA_PUBLIC_KEY" in given,
            "COMMENT": item.comment or None,
            "DISABLED": given.get("DISABLED", "false").lower(),
            "OWNER": role_name(item.owner),
        }


VIEWS = {
    "GRANTS_TO_ROLES": View(
        columns(
            "CREATED_ON:TIMESTAMP_LTZ, MODIFIED_ON:TIMESTAMP_LTZ, PRIVILEGE, GRANTED_ON, NAME, TABLE_CATALOG, "
            "TABLE_SCHEMA, GRANTED_TO, GRANTEE_NAME, GRANT_OPTION:BOOLEAN, GRANTED_BY, DELETED_ON:TIMESTAMP_LTZ, "
            "GRANTED_BY_ROLE_TYPE, OBJECT_INSTANCE"
        ),
        _grants_to_roles,
        (SECURITY,),
    ),
    "GRANTS_TO_USERS": View(
        columns("CREATED_ON:TIMESTAMP_LTZ, DELETED_ON:TIMESTAMP_LTZ, ROLE, GRANTED_TO, GRANTEE_NAME, GRANTED_BY"),
        _grants_to_users,
        (SECURITY,),
    ),
    "TAG_REFERENCES": View(
        columns(
            "TAG_DATABASE, TAG_SCHEMA, TAG_ID:FIXED, TAG_NAME, TAG_VALUE, OBJECT_DATABASE, OBJECT_SCHEMA, "
            "OBJECT_ID:FIXED, OBJECT_NAME, OBJECT_DELETED:TIMESTAMP_LTZ, DOMAIN, COLUMN_ID:FIXED, COLUMN_NAME, "
            "APPLY_METHOD"
        ),
        _tag_references,
        (GOVERNANCE,),
    ),
    "POLICY_REFERENCES": View(
        columns(
            "POLICY_DB, POLICY_SCHEMA, POLICY_ID:FIXED, POLICY_NAME, POLICY_KIND, REF_DATABASE_NAME, "
            "REF_SCHEMA_NAME, REF_ENTITY_NAME, REF_ENTITY_DOMAIN, REF_COLUMN_NAME, REF_ARG_COLUMN_NAMES, "
            "TAG_DATABASE, TAG_SCHEMA, TAG_NAME, POLICY_STATUS"
        ),
        policy_references.of_account,
        (GOVERNANCE, SECURITY),
    ),
    "TAGS": View(
        columns(
            "TAG_ID:FIXED, TAG_NAME, TAG_SCHEMA_ID:FIXED, TAG_SCHEMA, TAG_DATABASE_ID:FIXED, TAG_DATABASE, TAG_OWNER, "
            "TAG_COMMENT, CREATED:TIMESTAMP_LTZ, LAST_ALTERED:TIMESTAMP_LTZ, DELETED:TIMESTAMP_LTZ, ALLOWED_VALUES, "
            "OWNER_ROLE_TYPE, PROPAGATE, ON_CONFLICT"
        ),
        _tags,
        (OBJECT, GOVERNANCE),
    ),
    "ROLES": View(
        columns(
            "ROLE_ID:FIXED, CREATED_ON:TIMESTAMP_LTZ, DELETED_ON:TIMESTAMP_LTZ, NAME, COMMENT, OWNER, ROLE_TYPE, "
            "ROLE_DATABASE_NAME, ROLE_INSTANCE_ID:FIXED, OWNER_ROLE_TYPE, IS_FROM_ORGANIZATION_USER_GROUP:BOOLEAN"
        ),
        _roles,
        (SECURITY,),
    ),
    "USERS": View(
        columns(
            "USER_ID:FIXED, NAME, CREATED_ON:TIMESTAMP_LTZ, DELETED_ON:TIMESTAMP_LTZ, LOGIN_NAME, DISPLAY_NAME, "
            "FIRST_NAME, LAST_NAME, EMAIL, MUST_CHANGE_PASSWORD:BOOLEAN, HAS_PASSWORD:BOOLEAN, COMMENT, DISABLED, "
            "SNOWFLAKE_LOCK, DEFAULT_WAREHOUSE, DEFAULT_NAMESPACE, DEFAULT_ROLE, EXT_AUTHN_DUO:BOOLEAN, "
            "EXT_AUTHN_UID, HAS_MFA:BOOLEAN, BYPASS_MFA_UNTIL:TIMESTAMP_LTZ, LAST_SUCCESS_LOGIN:TIMESTAMP_LTZ, "
            "EXPIRES_AT:TIMESTAMP_LTZ, LOCKED_UNTIL_TIME:TIMESTAMP_LTZ, HAS_RSA_PUBLIC_KEY:BOOLEAN, "
            "PASSWORD_LAST_SET_TIME:TIMESTAMP_LTZ, OWNER, DEFAULT_SECONDARY_ROLE, HAS_PAT:BOOLEAN, "
            "HAS_WORKLOAD_IDENTITY:BOOLEAN, TYPE, DATABASE_NAME, DATABASE_ID:FIXED, SCHEMA_NAME, SCHEMA_ID:FIXED, "
            "IS_FROM_ORGANIZATION_USER:BOOLEAN"
        ),
        _users,
        (SECURITY,),
    ),
    **usage_policies.VIEWS,
    **usage_objects.VIEWS,
}
