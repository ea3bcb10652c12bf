"""ChirpStack v4: a LoRaWAN network server that a city can run itself."""
