# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Alloys, from `Atoms` to a prediction
#
# 1. `Atoms` in, short-range order against temperature out, for Nb–Mo–Ta.
# 2. An alloy of one's own: energies of a few hundred small cells, a cluster expansion with the
#    vacancy among its components, barriers, order in equilibrium.
# 3. The dynamics of its large systems, learned from small ones.
#
# As a script, `python tutorials/alloy.py`, it takes about a minute of one core and writes to
# `runs/tutorial-alloy`.

# %%
from pathlib import Path

import ase.db
import ase.io
import matplotlib.pyplot as plt
import numpy as np
from ase.build import bulk
from ase.calculators.calculator import PropertyNotImplementedError
from ase.calculators.emt import EMT
from ase.optimize import BFGS

import macropatch
from macropatch_alloy import (
    ClusterExpansionCalculator,
    ClusterSpace,
    constant_activations,
    fit_cluster_expansion,
    from_atoms,
    order_against_temperature,
    random_alloys,
    read_database,
    save_parameters,
)

folder = Path("runs/tutorial-alloy")
folder.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## Order against temperature
#
# Any supercell of whole cubic cells will do; here equimolar Nb–Mo–Ta with one vacancy, which is a
# site without an atom (an atom `X` is the same). Energies are those that come with the package. At
# each temperature half of the walks begin with the atoms where they are, half with the same atoms
# shuffled: where these do not come together, the errors are large.

# %%
atoms = bulk("Nb", "bcc", a=3.24, cubic=True).repeat((6, 6, 6))
atoms.symbols = np.random.default_rng(0).permutation(["Nb", "Mo", "Ta"] * 144)
del atoms[0]

temperatures = np.array([800.0, 1000.0, 1300.0, 1700.0, 2200.0, 3000.0])
nbmota = order_against_temperature(atoms, temperatures, walks=6, burn_in=100, sweeps=100)


def draw(data, title):
    """Each pair of species, with its standard errors."""
    figure, axes = plt.subplots(figsize=(5.0, 3.5), layout="constrained")
    for pair in data.pair.values:
        own = data.sel(pair=pair)
        axes.errorbar(own.temperature, own.order, own.order_error, marker="o", label=pair)
    axes.axhline(0.0, color="0.7", zorder=0)
    axes.set(xlabel="temperature (K)", ylabel="short-range order δ", title=title)
    axes.legend(ncols=2, fontsize="small")
    return figure


draw(nbmota.data, "Nb–Mo–Ta").savefig(folder / "nbmota.png", dpi=150)
print(nbmota.data.order.sel(temperature=1000.0).to_series().round(3).to_string())

# %% [markdown]
# `data` is an `xarray.Dataset`; `snapshots` are the walks' last states as `Atoms`, for files of any
# kind that ASE writes.

# %%
ase.io.write(folder / "nbmota.extxyz", nbmota.snapshots)
ase.io.write(folder / "nbmota.traj", nbmota.snapshots[:6])
print(len(nbmota.snapshots), "snapshots, the first one at", nbmota.snapshots[0].info)

# %% [markdown]
# ## An alloy of your own
#
# Energies are from anywhere; here from ASE's effective-medium theory, by way of an ASE data base.
# Jumps of a vacancy change its surroundings, so the expansion must know it: it is the component
# `X`, the first one, and some of the cells lack an atom or two.

# %%
crystal, constant = "fcc", 3.95
path, rng = folder / "cu-au-pd.db", np.random.default_rng(1)
path.unlink(missing_ok=True)
with ase.db.connect(path) as database:
    for number, cell in enumerate(
        random_alloys(crystal, constant, ("Cu", "Au", "Pd"), 120, seed=1)
    ):
        del cell[rng.choice(len(cell), number % 3, replace=False)]
        cell.calc = EMT()
        cell.get_potential_energy()
        database.write(cell)

structures, energies = read_database(path)
space = ClusterSpace(crystal, constant, ("X", "Cu", "Au", "Pd"), {2: 5.0, 3: 3.0})
expansion, report = fit_cluster_expansion(space, structures, energies)
print(f"{1e3 * report.cv_rmse:.1f} ± {1e3 * report.cv_rmse_uncertainty:.1f} meV a site, held out")

# %% [markdown]
# Relaxed structures are mapped to the lattice: atoms may be up to 0.3 of the distance between
# neighbours (`tolerance`) away from their sites. The calculator gives energies of any supercell,
# and no forces: the energy does not depend on displacements.

# %%
relaxed = structures[1].copy()
relaxed.calc = EMT()
BFGS(relaxed, logfile=None).run(fmax=0.05)
moved = np.linalg.norm(relaxed.positions - structures[1].positions, axis=1).max()
_, occupation = from_atoms(relaxed, crystal, space.components, constant)
print(f"atoms moved by up to {moved:.2f} Å; {np.sum(occupation == 0)} vacancy")

relaxed.calc = ClusterExpansionCalculator(expansion)
print(f"{relaxed.get_potential_energy():.2f} eV, by EMT unrelaxed {energies[1]:.2f} eV")
try:
    relaxed.get_forces()
except PropertyNotImplementedError as error:
    print("forces:", error)

# %%
alloy = bulk("Cu", crystal, a=constant, cubic=True).repeat((4, 4, 4))
alloy.symbols = rng.permutation(["X"] + 85 * ["Cu", "Au", "Pd"])
kelvin = [700.0, 850.0, 1000.0, 1200.0]
equilibrium = order_against_temperature(alloy, kelvin, expansion, burn_in=100, sweeps=200)
draw(equilibrium.data, "Cu–Au–Pd (EMT)").savefig(folder / "cu-au-pd.png", dpi=150)

# %% [markdown]
# ## Its dynamics
#
# A vacancy that exchanges places with an atom has to pass the barrier `max(KRA + ΔE/2, ΔE, 0)`:
# `ΔE` is the expansion's, `KRA` one number for each species. The file of both is what
# `[system] barriers` takes. A patch is one vacancy and its share of the atoms, 256 sites here; the
# large system has four.

# %%
barriers = folder.resolve() / "cu-au-pd.json"
save_parameters(barriers, constant_activations(expansion, {"Cu": 0.7, "Au": 0.6, "Pd": 0.8}))

settings = folder / "cu-au-pd.toml"
settings.write_text(f"""
[experiment]
name = "cu-au-pd"

[system]
name = "alloy"
barriers = "{barriers.as_posix()}"
sites_per_vacancy = 256

[conditions]
temperature = [850.0, 1200.0]

[small]
size = [4, 4, 4]
runs = 40
records = 40
record_every = 1.5

[large]
size = [8, 8, 4]

[upsample]
snapshots = 2000
random_share = 0.2
random_time = 40.0
tiling = "repeat"

[evolve]
patch_size = [4, 4, 4]
halo = 0                       # the other vacancies stand still
dt = 1.0
patches = 2

[closure]
name = "none"

[sde]
name = "onsager"
width = 16
diffusion = "general"
ensemble = 3
calibration_error = 0.1

[training]
batch = 256
epochs = 30

[predict]
starts = [{{}}]                  # the random alloy
duration = 60.0
record_every = 2.0
runs = 40

[predict.stationary]
runs = 40
records = 20
record_every = 3.0
burn_in = 60.0

[evaluate]
truth_runs = 24
measures = ["mean", "stationary"]

[evaluate.equilibrium]         # the truth in equilibrium: exchanges of atoms
runs = 10
records = 20
burn_in = 100

[report]
figures = ["trajectories", "stationary", "drift_and_diffusion", "cost"]

[run]
task_size = 200
""")
run = macropatch.run(settings, folder / "run", progress=False)
print("report:", folder / "run" / "report.html")

# %% [markdown]
# The way into equilibrium, predicted and by direct simulation, and where exchanges of atoms say it
# ends. (A time unit is as long as 125 jumps of a vacancy in the random alloy.) With so few data the
# predicted ends are off by about 0.02.

# %%
evaluation = run.evaluation(scheme="partial")
figure, axes = plt.subplots(figsize=(5.0, 3.5), layout="constrained")
for number in range(2):
    truth, predicted = (
        source.isel(start=number).sel(observable="CuAu")
        for source in (evaluation.truth, evaluation.predicted)
    )
    kelvin = float(truth.temperature)
    axes.plot(
        predicted.time, predicted.mean("run"), f"C{number}-", label=f"{kelvin:g} K, predicted"
    )
    axes.plot(truth.time, truth.mean("run"), f"C{number}.", label=f"{kelvin:g} K, vacancy jumps")
    found = equilibrium.data.sel(temperature=kelvin, pair="CuAu")
    axes.axhline(found.order, color=f"C{number}", linestyle=":")
    late = truth[:, 15:].mean("time")  # one number a run: records of a run are correlated
    error = float(late.std("run")) / np.sqrt(late.sizes["run"] - 1)
    print(
        f"{kelvin:g} K: δ CuAu = {float(predicted[:, 15:].mean()):.3f} predicted, "
        f"{float(late.mean()):.3f} ± {error:.3f} by vacancy jumps, {float(found.order):.3f} ± "
        f"{float(found.order_error):.3f} by exchanges of atoms"
    )
axes.set(xlabel="reduced time", ylabel="short-range order δ CuAu")
axes.legend(fontsize="small")
figure.savefig(folder / "dynamics.png", dpi=150)
