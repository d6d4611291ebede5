"""What people read: one model of a plan and of a run, and one module a format that renders it."""
