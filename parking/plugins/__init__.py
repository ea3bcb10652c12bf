"""City modules: what one may say of itself and do, where they are found, and the host that runs them."""
