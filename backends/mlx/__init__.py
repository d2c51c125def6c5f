"""`mlx_lm.server`: Harmony is rendered and parsed on this side, because this server leaves it raw."""

from backends.mlx.backend import MlxBackend

__all__ = ["MlxBackend"]
