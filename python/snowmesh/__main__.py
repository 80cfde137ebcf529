"""`python -m snowmesh` is the `snowmesh` command."""

from __future__ import annotations

from snowmesh.cli import main

if __name__ == "__main__":
    main()
