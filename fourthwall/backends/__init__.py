"""How a provider is spoken to."""
