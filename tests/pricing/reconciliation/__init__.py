"""Tests of the room that compares the books with what others say."""
