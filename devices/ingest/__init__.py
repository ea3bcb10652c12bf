"""The door for readings: decode, check, bind to a space, append; accepted means durable in the stream of readings."""
