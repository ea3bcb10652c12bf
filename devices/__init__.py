"""Wires: the protocols, codecs and platforms through which sensors and terminals speak to the city."""
