"""What citizens and map makers may ask: zones, spaces, availability, the live stream."""
