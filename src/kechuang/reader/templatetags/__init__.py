"""Words, sums and addresses as templates write them."""
