"""The forecast as a running city serves it: made from its own hours on a schedule, kept by place, asked for an instant."""
