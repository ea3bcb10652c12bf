"""The adapter nbiot_onenet."""
