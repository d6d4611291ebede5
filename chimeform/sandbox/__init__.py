"""A local Amazon Chime: the real wire protocol in front of the service's own rules, for tests, demos and rehearsals.

It imports nothing of the reconciler, and only the command line starts it. `serve.run` is the way in.
"""
