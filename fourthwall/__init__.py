"""fourthwall: say "switch to Claude" in the middle of a chat and be talking to Claude."""
