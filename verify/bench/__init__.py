"""Measurements of the running system from outside: throughput, delays, and what it loses when parts of it die."""
