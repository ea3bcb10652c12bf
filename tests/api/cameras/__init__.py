"""Tests of the HTTP door of cameras."""
