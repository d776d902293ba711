"""`python -m studio.cli`: the same as the `concept-studio` command."""

from studio.cli.main import main

if __name__ == "__main__":
    main()
