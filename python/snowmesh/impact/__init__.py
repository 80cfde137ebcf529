"""Two states of a mesh, from dbt's manifests: what changed in its public products, and whom that breaks."""
