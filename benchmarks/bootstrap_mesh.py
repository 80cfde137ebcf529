"""A mesh of a given number of grants, as mesh.yml and as the account in which it is applied.

A domain has 1 database, 2 schemas, 1 warehouse, 4 roles and 20 grants: 500 of them are 10,000 grants, 2,000 roles and
1,000 schemas. A service user holds each owner role.
"""

from __future__ import annotations

GRANTS_OF_A_DOMAIN = 20
READERS = 3
SCHEMAS = ("prod", "stage")
CREATES = "table, view, dynamic table, sequence"


def mesh_text(grants: int) -> str:
    """mesh.yml with so many grants."""
    domains, users = [], []
    for number in range(grants // GRANTS_OF_A_DOMAIN):
        readers = ", ".join(f"d{number}_reader{i}" for i in range(READERS))
        domains.append(f"  d{number}: {{schemas: [{', '.join(SCHEMAS)}], readers: [{readers}], creates: [{CREATES}]}}")
        users.append(f"  d{number}_dbt: {{type: service, domain: d{number}}}")
    return "\n".join(["domains:", *domains, "users:", *users, ""])
