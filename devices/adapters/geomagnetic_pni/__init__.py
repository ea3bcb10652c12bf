"""PNI PlacePod: a magnetometer over LoRaWAN whose frames chain values behind channel and type."""
