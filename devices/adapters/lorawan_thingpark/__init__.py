"""Actility ThingPark: a LoRaWAN network server of telecom operators and enterprises."""
