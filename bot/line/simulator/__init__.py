"""A local LINE: the Messaging API, the webhook sender and a phone-like chat page, for demos, tests and load. Never for real credentials."""
