"""What the flows that ship mean, written a second time without the engine: what should be.

Nothing here imports the engine. A model knows the few things that the crowd says, and refuses
anything else instead of guessing.
"""
