"""`./dev demo`: the stage, the acts, the measuring and the screen."""
