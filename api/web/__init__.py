"""The pages that people look at, served by the application itself."""
