"""WeRoBot with keyword filters, as its documentation shows it; served by waitress.

python -m bench.werobot_peer PORT
"""

from __future__ import annotations

import sys

from app.settings import SANDBOX_TOKEN

_KEYWORDS = ("缴费", "报销", "参保", "京通", "支付宝", "电子社保卡", "转学", "退费", "断保", "住院")


def main() -> None:
    """Serve until stopped."""
    from waitress import serve
    from werobot import WeRoBot

    robot = WeRoBot(token=SANDBOX_TOKEN, enable_session=False)
    for word in _KEYWORDS:
        # WeRoBot tries its filters in order, with `re.match` for a pattern and `==` for a text.
        import re

        robot.add_filter(lambda _message, word=word: f"关于{word}", [re.compile(f".*{word}")])
    robot.add_handler(lambda message: message.content, type="text")
    serve(robot.wsgi, host="127.0.0.1", port=int(sys.argv[1]), threads=4, _quiet=True)


if __name__ == "__main__":
    main()
