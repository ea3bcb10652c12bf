"""Measurements behind `parking bench`, each beside the raw limit of the same run."""
