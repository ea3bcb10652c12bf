"""Cicicom S-LG-I3: magnetometer, motion and radar over LoRaWAN, in text."""
