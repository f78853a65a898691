"""The pipeline: each stage of the method as tasks on files, and how the stages hang together.

One file a stage, in the order of the method: ``pool`` (simulate), ``snapshots`` (upsample),
``closure`` (encode), ``pairs`` (evolve), ``calibration``, ``model`` (fit), ``truth``,
``prediction`` (predict), ``evaluation`` (evaluate). ``graph`` joins them, ``preflight`` refuses
what cannot work, ``execute`` carries a study out and ``publish`` writes the report.
"""
