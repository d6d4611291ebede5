"""Executing a plan: scheduler, batches, records. Nothing in here decides what should be done."""
