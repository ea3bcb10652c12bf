"""Keys: who may call which audience's paths, and for which devices or district."""
