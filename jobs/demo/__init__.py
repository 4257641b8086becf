"""A synthetic force that looks like Staffordshire, with faults planted and a record of which."""

from jobs.demo.nights import SEED, DemoForce, DemoNight, make_force

__all__ = ["SEED", "DemoForce", "DemoNight", "make_force"]
