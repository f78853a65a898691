"""Fields with reaction, diffusion and noise on a grid."""
