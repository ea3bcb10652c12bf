"""Cameras that the city owns: registered with their bays, heard or pulled, their pictures and plates brought where they belong."""
