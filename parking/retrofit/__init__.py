"""How far the retrofit of the city's spaces has come, by district and week, against what was planned."""
