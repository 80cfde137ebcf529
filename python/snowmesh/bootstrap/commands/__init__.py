"""The commands of mesh-bootstrap, one module each."""
