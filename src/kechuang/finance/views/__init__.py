"""Pages of this room: filings, overlaps and partners, letters, pools, series, offers."""
