"""`parking doctor`: looks at everything an installation depends on and says what to do about each."""
