"""The demo world: scenes on which truth is known, and the recipe of the small networks that answer about
them."""
