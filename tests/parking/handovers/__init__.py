"""Tests of hand-overs: the package, its signature, and the two persons."""
