"""Who did what when: a chain of events that only grows, and the messages that go out because of them."""
