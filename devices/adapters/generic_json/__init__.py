"""Sensors and gateways that speak our own JSON, over HTTP or MQTT."""
