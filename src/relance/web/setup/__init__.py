"""First run and imports: a base comes in, file by file, with a preview before anything is written."""
