"""Bosch TPS110, the Parking Lot Sensor: magnetometer and radar over LoRaWAN."""
