"""Lists of departments (部门名录): read, compared with what is known, applied in chunks, undone."""
