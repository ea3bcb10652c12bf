"""Dingtek DO200, DO201 and DO202: magnetometer with ultrasonic (200, 201) or radar (202) over LoRaWAN."""
