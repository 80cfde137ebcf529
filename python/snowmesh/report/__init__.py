"""Text, JSON and HTML views."""
