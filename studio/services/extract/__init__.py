"""One pass over the data: what every latent of an SAE fires on."""

from studio.services.extract.run import ExtractResult, extract

__all__ = ["ExtractResult", "extract"]
