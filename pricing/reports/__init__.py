"""What all reports are made of: one frame with its styles and its two languages, drawings, and words for numbers."""
