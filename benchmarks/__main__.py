"""``python -m benchmarks``: every script in turn, the quick ones first."""

from benchmarks import (
    curie_weiss,
    ising,
    kernels,
    start_up,
    stepper,
    training,
    upsampling_bias,
)

for script in (start_up, kernels, stepper, training, upsampling_bias, curie_weiss, ising):
    print(f"== {script.__name__}")
    script.main()
