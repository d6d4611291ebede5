"""Policies: a workspace's own rules over plans, and those that chimeform ships."""
