"""What the doctor finds on real servers."""
