"""What can I get? One question a page, no account, nothing kept: all answers stand in the address."""
