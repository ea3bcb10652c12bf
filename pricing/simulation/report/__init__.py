"""A simulation as a page for people, in Chinese and English with plots, and as JSON for machines."""
