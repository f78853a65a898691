"""A closure with nothing to learn: the share of infected pairs in a cell."""

from macropatch.contract import ClosureEncoder
from macropatch_epidemic.system import share_of_pairs


class Pairs(ClosureEncoder):
    """One number a cell."""

    @property
    def dimension(self):
        return 1

    def fit(self, sample):
        return {"mean": float(share_of_pairs(sample.cells).mean())}

    def encode(self, cells):
        return share_of_pairs(cells)

    def parameters(self):
        return {}

    def restore(self, parameters):
        if parameters:
            raise ValueError(f"takes no parameters, got {sorted(parameters)}")
