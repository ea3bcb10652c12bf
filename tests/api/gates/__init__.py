"""What must stay true of the door of gates and facilities."""
