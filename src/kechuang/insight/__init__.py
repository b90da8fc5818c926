"""What-if over populations: change a figure of the policy and see who gets what, before and after."""
