"""The Things Network v2: retired, and still spoken by bridges that nobody has renewed."""
