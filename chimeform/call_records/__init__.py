"""Delivered call detail records: where they are, what one of them says, and their sums. No service is asked here."""
