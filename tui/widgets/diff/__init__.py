"""A file's diff as a widget: unified or side by side, hunk by hunk. Draws values it is given; decides nothing."""
