"""What people read: the scrutiny pack and the worklists."""
