"""Launch: from a published journey to an approved canary."""
