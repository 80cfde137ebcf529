"""dbt plugin: cross-project ref on dbt Core, from the `dependencies.yml` that dbt's own platform reads.

dbt imports every top-level module called `dbt_*` on every command, in every project of the environment.
So nothing is imported here; the plugin itself is loaded when dbt asks for `plugins`, and a dbt that it does not
understand is a warning, never a failure.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    if name != "plugins":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from dbt_snowmesh.plugin import SnowmeshPlugin
    except (ImportError, AttributeError) as error:
        import warnings

        message = f"snowmesh: cross-project ref is off, because this dbt does not fit the plugin: {error}"
        warnings.warn(message, RuntimeWarning, stacklevel=2)
        return []
    return [SnowmeshPlugin]
