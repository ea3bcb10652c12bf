"""MOKO LW009-SM, made by Turbo as TBS-2xx: magnetometer and radar over LoRaWAN."""
