"""The trust suite: what WattWarden must withstand, done to a running system and counted by identity."""
