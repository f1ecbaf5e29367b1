"""Has every answer an account that gives it?"""

from __future__ import annotations

from app.content.scope import Scope


def check_audience(scope: Scope) -> None:
    """Report answers of regions that no account serves."""
    if scope.files.accounts is None:
        return
    served = {account.region for account in scope.files.accounts.value.accounts.values()}
    if not all(map(scope.is_documented, served)):
        return  # an account's region is misspelt, which is told once, there
    for intent in scope.files.intents.values():
        for region in intent.value.answers:
            if region not in served and scope.is_region(region):
                place = intent.source.key_place(("answers", region))
                message = f"没有 {region} 的公众号，这份答案谁也读不到"
                scope.files.problems.add("R013", place, message)
