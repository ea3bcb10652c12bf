"""Libelium Smart Parking: a magnetometer, later with radar, over LoRaWAN (and Sigfox, not read here)."""
