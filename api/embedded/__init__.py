"""PostgreSQL, a Redis-protocol server and an MQTT broker for one machine, from the installed wheels."""
