"""Codecs and platforms, against captured payloads."""
