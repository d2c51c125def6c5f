"""Commands without a screen that look at or change the configuration; `oss-tui NAME` each. They print."""
