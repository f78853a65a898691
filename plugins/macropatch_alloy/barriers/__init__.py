"""Barriers of vacancy jumps: a neural network, or kinetically resolved activation."""
