"""The only place that knows every concrete class: opens clients, fills the container, and keeps tasks running."""
