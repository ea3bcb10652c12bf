"""Street cleaning."""
