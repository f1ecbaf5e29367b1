"""The login page: plain HTML without any script, so that it works before anything else does."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

FIRST_OPERATOR = "yibao operator add 名字 --role approver"
"""What to run where nobody has an account."""

LOGIN_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}

_PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>登录 · {product}</title>
<link rel="stylesheet" href="{stylesheet}">
</head>
<body class="login-body {theme}">
<main class="login">
<p class="brand"><span class="brand-mark" aria-hidden="true">+</span>{product}</p>
<h1 class="login-title">登录运营后台</h1>
{body}
</main>
</body>
</html>
"""

_FORM = """{problem}<form method="post" action="/login" class="login-form">
<input type="hidden" name="next" value="{wanted}">
<label for="name">账号名</label>
<input class="field" id="name" name="name" value="{name}" autocomplete="username" required
 maxlength="64"{focus_name}>
<label for="password">密码</label>
<input class="field" id="password" name="password" type="password" required
 autocomplete="current-password" maxlength="200"{focus_password}>
<button class="btn primary login-button" type="submit">登录</button>
</form>
{guest}"""

_NOBODY = """<p>还没有账号。请在服务器上运行：</p>
<pre class="command" tabindex="0">{command}</pre>
<p class="muted">按提示输入两遍密码，然后刷新这个页面。</p>
{guest}"""

_GUEST = '<p class="muted">只想试聊？<a href="/playground">不登录，直接试聊</a></p>'


@dataclass(frozen=True, slots=True)
class LoginView:
    """What the page shows."""

    product: str
    stylesheet: str
    theme: str
    """`auto`, `light` or `dark`."""
    wanted: str = ""
    """Where to go afterwards."""
    name: str = ""
    problem: str = ""
    has_operators: bool = True
    is_guest_welcome: bool = False


def login_html(view: LoginView) -> str:
    """Return the page; everything shown is escaped."""
    guest = _GUEST if view.is_guest_welcome else ""
    if not view.has_operators:
        body = _NOBODY.format(command=escape(FIRST_OPERATOR), guest=guest)
    else:
        problem = f'<p class="problem" role="alert">{escape(view.problem)}</p>\n'
        body = _FORM.format(
            problem=problem if view.problem else "",
            wanted=escape(view.wanted),
            name=escape(view.name),
            focus_name="" if view.name else " autofocus",
            focus_password=" autofocus" if view.name else "",
            guest=guest,
        )
    return _PAGE.format(
        product=escape(view.product),
        stylesheet=escape(view.stylesheet),
        theme=f"theme-{escape(view.theme)}",
        body=body,
    )
