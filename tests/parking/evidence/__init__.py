"""Tests of evidence: what is kept of a picture, the chain of custody, holds and erasure."""
