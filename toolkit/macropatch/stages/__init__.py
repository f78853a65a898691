"""The stages of the method, one file each: pure functions on chunks of arrays."""
