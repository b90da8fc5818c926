"""The policy and its reasons as people read them: packs in force, document pages, explained results."""
