"""What must stay true of the words that all rooms use."""
