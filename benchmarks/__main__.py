"""``python -m benchmarks``: every script in turn, the quick ones first."""

from benchmarks import (
    alloy_kinetics,
    alloy_monte_carlo,
    curie_weiss,
    ising,
    kernels,
    predator_prey,
    start_up,
    stepper,
    training,
    upsampling_bias,
)

QUICK = (
    start_up,
    kernels,
    stepper,
    training,
    upsampling_bias,
    alloy_kinetics,
    alloy_monte_carlo,
)

for script in (*QUICK, curie_weiss, predator_prey, ising):
    print(f"== {script.__name__}")
    script.main()
