"""What a program says that looks through a plain camera: our own worker, or a box beside the camera."""
