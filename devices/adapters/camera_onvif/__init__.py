"""ONVIF Profile M: events as JSON over MQTT, as Axis, Bosch, Hanwha and others publish them."""
