"""Sensors whose platform delivers named fields instead of bytes: products with a profile at CTWing and OneNET."""
