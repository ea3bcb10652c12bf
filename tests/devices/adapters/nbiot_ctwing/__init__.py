"""The adapter nbiot_ctwing."""
