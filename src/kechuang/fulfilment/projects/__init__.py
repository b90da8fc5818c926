"""Competitive projects: bids, consortia, contracts with milestones, stages paid when their work is accepted."""
