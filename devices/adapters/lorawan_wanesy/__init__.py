"""Kerlink Wanesy: the LoRaWAN network server of a maker of gateways."""
