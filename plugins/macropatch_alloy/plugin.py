"""What this plugin offers. Light: kernels are imported by the factories."""
