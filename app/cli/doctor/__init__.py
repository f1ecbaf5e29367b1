"""`yibao doctor`: what is wrong with a deployment, and what to click where."""
