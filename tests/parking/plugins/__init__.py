"""City modules: manifests, switches, the host that runs them and the desk that serves them."""
