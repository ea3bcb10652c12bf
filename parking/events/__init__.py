"""The published language: what happened in the city, one file per topic, as facts that never change."""
