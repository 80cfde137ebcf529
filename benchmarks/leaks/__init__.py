"""How many clear values could be read between the statements of a build: each system on the same project."""
