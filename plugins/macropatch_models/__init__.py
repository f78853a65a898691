"""The built-in closure encoders and SDE models."""
