"""Transports, over the real broker and real sockets."""
