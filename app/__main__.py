"""`python -m app` is `yibao`."""

import sys


def main() -> None:
    """Run the command line."""
    from app.cli.serve_commands import ALONE, application

    if sys.argv[1:2] and sys.argv[1] in ALONE:
        application()()
        return
    from app.cli import simulate_command  # noqa: F401 - adds its command
    from app.cli.commands import app

    app()


if __name__ == "__main__":
    main()
