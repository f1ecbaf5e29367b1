"""Little catalogs for tests of the matcher: intents given as lists of sentences."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.content import Account, Answer, Catalog, Intent, IntentKind, Texts
from app.domain.names import IntentId, Region
from app.matching import training
from app.matching.matcher import Matcher

REGION = Region("here")
ELSEWHERE = Region("elsewhere")

SENTENCES = {
    name: texts.split()
    for name, texts in {
        "pay": "怎么缴费 在哪交钱 医保费怎么交 缴费的地方在哪 网上能缴费吗 缴费要带什么",
        "refund": "交多了能退吗 怎么退费 重复缴费怎么退 退款多久到账 退费找谁 退费要带什么",
        "card": "社保卡丢了 卡丢了怎么补 补卡在哪办 社保卡怎么补办 补卡多少钱 补卡要带什么",
        "ratio": "报销比例是多少 住院能报多少 门诊报百分之几 报销多少钱 能报几成 封顶多少",
    }.items()
}


def intent(
    name: str,
    utterances: Sequence[str],
    not_utterances: Sequence[str] = (),
    regions: Sequence[Region] = (REGION,),
    kind: IntentKind = IntentKind.FAQ,
) -> Intent:
    return Intent(
        id=IntentId(name),
        title=utterances[0] if utterances else name,
        kind=kind,
        utterances=tuple(utterances),
        not_utterances=tuple(not_utterances),
        answers={region: Answer("", ()) for region in regions},
    )


def catalog(*intents: Intent, places: Sequence[str] = ()) -> Catalog:
    return Catalog(
        revision="0" * 64,
        intents={i.id: i for i in intents},
        flows={},
        documents={},
        facts={},
        accounts={"here": Account("here", REGION, "这里", (), "12333", places=("柳州",))},
        texts=Texts({}),
        places=tuple(places),
        commands={},
        synonyms={},
        domain_words=(),
    )


def usual() -> Catalog:
    """Four intents, one of them with a counter-example."""
    return catalog(
        *(
            intent(name, texts, ["交的钱能退吗"] if name == "pay" else [])
            for name, texts in SENTENCES.items()
        )
    )


def trained(content: Catalog, region: Region = REGION) -> Matcher:
    return training.train(content, region, training.tokenizer_of(content))


def first(matcher: Matcher, text: str) -> str:
    return matcher.rank(text).candidates[0].intent
