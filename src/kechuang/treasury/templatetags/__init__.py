"""How templates write money, states and subjects."""
