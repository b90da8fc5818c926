"""The city's money for its policies: appropriations and an append-only ledger of reserve, commit, pay, recover."""
