"""The run folder, the stage graph, resuming, executors, seeds and progress."""
