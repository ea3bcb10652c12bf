"""Hikvision (海康威视): ISAPI alerts pushed or streamed, parking spaces, plates; and the messages of its SDK."""
