"""An invented city to walk through: an account for each role, and a year of cases in every state."""
