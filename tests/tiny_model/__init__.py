"""A real, tiny gpt_oss model that answers by script, so that the real mlx_lm.server can be tested on any machine."""
