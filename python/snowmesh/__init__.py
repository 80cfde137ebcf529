"""Governance for a Snowflake data mesh: declared, planned, enforced, provable."""
