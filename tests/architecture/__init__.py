"""The rules that the source itself must keep."""
