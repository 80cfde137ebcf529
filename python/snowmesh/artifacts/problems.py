"""What can be wrong with what dbt wrote, or with a dbt project."""

from __future__ import annotations

from snowmesh.errors import UserError


class ArtifactError(UserError):
    """A manifest or project file that cannot be used: which, why, and what to do."""
