"""A contact process on a square lattice, a closure of second moments, a damped SDE model."""
