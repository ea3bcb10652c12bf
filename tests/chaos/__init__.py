"""Kills of real processes at random moments: nothing acknowledged is lost, nothing is counted twice."""
