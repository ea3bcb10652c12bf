"""Cameras that speak the real wire: one that is pulled and answers digest, one that pushes with pictures, and their failures."""
