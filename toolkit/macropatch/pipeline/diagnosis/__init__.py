"""diagnose: is the halo wide enough, ``λ`` right, a closure worth its place, is ``z`` closed?

``protocol`` says what is simulated, ``measurement`` does it for some snapshots of one task, and
pure functions turn the arrays into labelled data: ``surroundings`` (halo and ``dt``), ``ratios``
(``λ``), ``closures`` (held-out likelihood), ``whiteness`` (residuals of the fitted transition).
``findings`` says in words what they mean, ``figures`` and ``page`` show it, ``diagnose`` joins all.
"""
