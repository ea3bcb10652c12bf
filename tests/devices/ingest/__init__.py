"""The door for readings."""
