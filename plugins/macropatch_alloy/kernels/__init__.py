"""Compiled inner loops; they release the GIL."""
