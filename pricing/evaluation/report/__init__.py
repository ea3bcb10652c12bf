"""Proposed prices as a page that a mayor can read: one HTML file, Chinese and English, with maps and plots and without a script."""
