"""What the parts of a process count, as Prometheus reads it: collectors that look when they are asked, and the door they stand at."""
