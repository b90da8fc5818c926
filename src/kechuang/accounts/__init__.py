"""Who may come in and in which capacity: organisations, people, memberships."""
