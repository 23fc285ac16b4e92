"""What the end-to-end tests and `./dev demo` are made of: engine, daemon, Compose, clients."""
