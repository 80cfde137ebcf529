"""dbt's manifest and project file as typed data."""
