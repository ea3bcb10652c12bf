"""What the books say beside what others say: terms of concessions, daily batches, statements and differences."""
