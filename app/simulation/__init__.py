"""An imitation of WeChat's side, to prove a deployment before parents meet it.

It pushes messages as WeChat does, with real timeouts and retries, and serves the API. It knows the
protocol from its documents alone and imports nothing else of this project, so that a mistake there
is not repeated here. Runs as a process of its own: `python -m app.simulation spec.json`.
"""
