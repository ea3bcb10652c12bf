"""The measurements behind `parking bench`."""
