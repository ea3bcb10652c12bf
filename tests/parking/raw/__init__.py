"""Raw messages: kept once, forgotten by the day, read again."""
