"""Everything that outlives a process: tables, sealing, migrations, inbox and outbox.

Belongs here: SQL and encryption. Does not: LINE's wire format, HTTP, deciding what to say.
"""
