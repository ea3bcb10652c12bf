"""What the city measured of its own demand, as the pricing rule needs it."""
