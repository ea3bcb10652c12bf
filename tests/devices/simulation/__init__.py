"""The simulated city: drivers, sensors, frames, and how they are sent."""
