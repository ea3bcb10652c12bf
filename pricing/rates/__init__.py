"""Rate tables: what a city may charge, where, when and by which document."""
