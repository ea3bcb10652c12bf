"""Dahua (大华): the stream of snapManager with its pictures, its events as JSON, and the read-back of all spaces."""
