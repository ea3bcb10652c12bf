"""How bytes travel: MQTT, HTTP and memory, without knowing what they mean."""
