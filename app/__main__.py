"""`python -m app` is `yibao`."""

from app.cli import simulate_command  # noqa: F401 - adds its command
from app.cli.commands import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
