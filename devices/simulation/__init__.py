"""A city of drivers and sensors that speaks the real wire protocols, with hidden truth to compare with."""
