"""Belief about a space from several kinds of evidence that may each be wrong; pure, vectorised over spaces.

Eight hidden states: a vehicle is there or not, the magnetometer is right or inverted, the camera sees right or is bad for
this stay. What was received is evidence and so is what was not: a change would have been heard. The mathematics stands in
docs/fusion.md, the source is devices.md 5.4.
"""
