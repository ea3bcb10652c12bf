"""What must stay true of the words that every room uses."""
