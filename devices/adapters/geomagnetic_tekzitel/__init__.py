"""Tekzitel TEKZIPARK: radar, magnetometer and a receiver of drivers' beacons over LoRaWAN."""
