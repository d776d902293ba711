"""The study runner: the project's way of naming neurons beside simpler ones (METHOD 6)."""
