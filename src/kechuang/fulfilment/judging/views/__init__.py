"""Pages of panels, sheets, results and sums."""
