"""Finance: banks and insurers file what they lend and insure; overlaps, risk pools, letters, offers, dated series."""
