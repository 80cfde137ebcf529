"""Who can see what, computed from what is declared."""
