"""The shared event bus: ports, the durable bus on Redis Streams, the in-process bus, and the outbox."""
