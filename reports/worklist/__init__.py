"""Worklists: what each unit is to put right."""
