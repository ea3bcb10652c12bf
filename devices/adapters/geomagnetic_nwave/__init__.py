"""Nwave: magnetometers over LoRaWAN that watch one space (NPS) or count vehicles at a line (NCC)."""
