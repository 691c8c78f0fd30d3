"""Webhooks: what happens in a project is told to addresses that its admins name.

A trigger writes a delivery for each event in the event's own transaction, so that what was
committed is told and what was rolled back is not. `courier` sends them, again and again where
need be; `signing` lets receivers know who sent; `addresses` keeps us from sending inside.
"""
