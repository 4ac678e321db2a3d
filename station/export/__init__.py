"""Every format that results leave the station in: one file a format, found by `registry`."""
