"""Everything that a file mentions must exist: anchors, intents, flows, facts, regions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from app.content.calendar_checks import windows_of
from app.content.flow_model import FlowFile, FlowRegionPart
from app.content.flow_references import check_flow_references
from app.content.intent_model import IntentFile
from app.content.parsing import Parsed
from app.content.placeholders import any_braces, fact_names, stray_braces, wrong_template
from app.content.problems import ProblemList, did_you_mean
from app.content.scope import Scope
from app.content.shared_models import AccountPart
from app.content.yaml_source import NodePath, YamlSource

NOTICE_NAMES = ("title", "day")
"""What a field of a subscription notice may say in braces."""


def check_references(scope: Scope, required_texts: Collection[str] = ()) -> None:
    """Report every mention of something that does not exist, in all files."""
    checker = _Checker(scope)
    for intent in scope.files.intents.values():
        checker.check_intent(intent)
    for flow in scope.files.flows.values():
        checker.check_flow(flow)
    check_flow_references(scope)
    checker.check_documents()
    checker.check_facts()
    checker.check_calendars()
    checker.check_accounts()
    checker.check_texts(required_texts)


class _Checker:
    """Checks one reference at a time and knows how to word what is wrong with it."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._files = scope.files
        self._problems: ProblemList = scope.files.problems

    def check_intent(self, intent: Parsed[IntentFile]) -> None:
        value, source = intent.value, intent.source
        for region, answer in value.answers.items():
            path: NodePath = ("answers", region)
            self._check_region_key(source, path, region)
            self._check_anchors(source, (*path, "source"), answer.source, region)
            self._check_text(source, (*path, "text"), answer.text, region)
        for i, region in enumerate(value.regions):
            self._check_region(source, ("regions", i), region)
        for key in ("title", "about", "reply"):
            self._check_no_braces(source, (key,), str(getattr(value, key)))
        for i, reply in enumerate(value.replies):
            self._check_no_braces(source, ("replies", i), reply)
        self._check_related(intent)
        self._check_elsewhere(intent)
        if value.flow is not None and not self._scope.is_flow(value.flow):
            hint = did_you_mean(value.flow, self._files.flows)
            self._problems.add("R008", source.place(("flow",)), f"没有流程 {value.flow}{hint}")

    def check_flow(self, flow: Parsed[FlowFile]) -> None:
        value, source = flow.value, flow.source
        self._check_intent_id(source, ("topic",), value.topic)
        for region, part in value.regions.items():
            self._check_region_key(source, ("regions", region), region)
            if part.topic:
                self._check_answered(source, ("regions", region, "topic"), part.topic, region)
            self._check_flow_region(source, region, part)

    def check_facts(self) -> None:
        for facts in self._files.facts.values():
            region = facts.value.region
            if not facts.file.endswith(f"/{region}.yml"):
                continue  # the name is wrong, which is reported
            self._check_region(facts.source, ("region",), region)
            for name, fact in facts.value.facts.items():
                path: NodePath = ("facts", name)
                self._check_anchors(facts.source, (*path, "source"), [fact.source], region)
                self._check_no_braces(facts.source, (*path, "value"), fact.value)

    def check_calendars(self) -> None:
        for calendar in self._files.calendars.values():
            region = calendar.value.region
            self._check_region(calendar.source, ("region",), region)
            for kind, name, part in windows_of(calendar.value):
                path: NodePath = (kind.value, name, "source")
                self._check_anchors(calendar.source, path, part.source, region)

    def check_documents(self) -> None:
        """Report a document whose region is a misspelt one of an account."""
        for document in self._files.documents.values():
            hint = self._scope.misspelt(document)
            if hint:
                source, region = document.front.source, document.front.value.region
                self._problems.add("R009", source.place(("region",)), f"没有地区 {region}{hint}")

    def _misspelt(self) -> bool:
        return any(map(self._scope.misspelt, self._files.documents.values()))

    def check_accounts(self) -> None:
        accounts = self._files.accounts
        if accounts is None:
            return
        documented = {d.front.value.region for d in self._files.documents.values()}
        for name, account in accounts.value.accounts.items():
            path: NodePath = ("accounts", name)
            if account.region not in documented and not self._files.broken and not self._misspelt():
                place = accounts.source.place((*path, "region"))
                self._problems.add("R009", place, f"地区 {account.region} 没有依据文件")
                continue
            for i, intent_id in enumerate(account.welcome):
                item = (*path, "welcome", i)
                self._check_answered(accounts.source, item, intent_id, account.region)
            for scene, part in account.scenes.items():
                item = (*path, "scenes", scene)
                self._check_no_braces(accounts.source, (*item, "greeting"), part.greeting)
                if part.opens:
                    opens = (*item, "opens")
                    self._check_answered(accounts.source, opens, part.opens, account.region)
            self._check_further_regions(name, account)
            self._check_notice(accounts.source, name, account)

    def _check_notice(self, source: YamlSource, name: str, account: AccountPart) -> None:
        """A subscription notice needs a verified 服务号, and fields that can be filled in."""
        if account.notice is None:
            return
        path: NodePath = ("accounts", name, "notice")
        if account.type != "服务号" or not account.verified:
            message = "订阅通知要已认证的服务号，这个号不是"
            remedy = "写上 type: 服务号 和 verified: true，或者删掉 notice"
            self._problems.add("R009", source.key_place(path), message, remedy)
        for field, text in account.notice.fields.items():
            wrong = wrong_template(text, NOTICE_NAMES)
            if wrong:
                place = source.place((*path, "fields", field))
                self._problems.add("R007", place, f"{field}：{wrong}", "改成规定的名称")

    def _check_further_regions(self, name: str, account: AccountPart) -> None:
        """A further region takes its names from the account whose own region it is."""
        accounts = self._files.accounts
        if accounts is None:
            return
        homes = {other.region for other in accounts.value.accounts.values()}
        for i, region in enumerate(account.also):
            place = accounts.source.place(("accounts", name, "also", i))
            if region == account.region:
                self._problems.add("R009", place, f"{region} 已经是这个号自己的地区", "删掉这一项")
            elif region not in homes:
                remedy = "先给这个地区写一个公众号"
                self._problems.add("R009", place, f"地区 {region} 没有自己的公众号", remedy)

    def check_texts(self, required: Collection[str]) -> None:
        texts = self._files.texts
        if texts is None:
            return
        for name in sorted(set(required) - texts.value.texts.keys()):
            place = texts.source.place(("texts",))
            self._problems.add("R010", place, f"缺少程序要用的文字 {name}")
        values = required if isinstance(required, Mapping) else {}
        for name, variants in texts.value.texts.items():
            for variant in variants:
                wrong = wrong_template(variant, values.get(name))
                if wrong:
                    place = texts.source.find(("texts", name), variant.split("\n")[0])
                    self._problems.add("R007", place, f"{name}：{wrong}", "改成规定的名称")

    def _check_flow_region(self, source: YamlSource, region: str, part: FlowRegionPart) -> None:
        base: NodePath = ("regions", region)
        for name, slot in part.slots.items():
            path = (*base, "slots", name)
            for key in ("title", "ask", "confused", "why"):
                self._check_no_braces(source, (*path, key), str(getattr(slot, key)))
            for value, choice in slot.choices.items():
                label = (*path, "choices", value, "label")
                self._check_no_braces(source, label, choice.label or "")
        if part.compare:
            self._check_text(source, (*base, "compare"), part.compare, region)
        if part.compare_source:
            path = (*base, "compare_source")
            self._check_anchors(source, path, part.compare_source, region)
        for i, row in enumerate(part.decide):
            path = (*base, "decide", i)
            if row.say:
                self._check_text(source, (*path, "say"), row.say, region)
            if row.source:
                self._check_anchors(source, (*path, "source"), row.source, region)
            if row.answer:
                self._check_answered(source, (*path, "answer"), row.answer, region)

    def _check_related(self, intent: Parsed[IntentFile]) -> None:
        own = {r for r in self._scope.regions_of(intent) if self._scope.is_region(r)}
        for i, other in enumerate(intent.value.related):
            path: NodePath = ("related", i)
            if not self._check_intent_id(intent.source, path, other):
                continue
            if own and not any(self._scope.is_offered(other, region) for region in own):
                regions = "、".join(sorted(own))
                message = f"意图 {other} 在 {regions} 用不到"
                self._problems.add("R005", intent.source.place(path), message)

    def _check_elsewhere(self, intent: Parsed[IntentFile]) -> None:
        own = self._scope.regions_of(intent)
        for region, other in intent.value.elsewhere.items():
            path: NodePath = ("elsewhere", region)
            self._check_region_key(intent.source, path, region)
            if region in own:
                message = f"{region} 在这个意图里已经有了"
                self._problems.add("R011", intent.source.key_place(path), message)
            if not self._scope.leaves_out(other, region):
                self._check_answered(intent.source, path, other, region)

    def _check_answered(
        self, source: YamlSource, path: NodePath, intent_id: str, region: str
    ) -> None:
        """Report an intent that does not exist or has no answer in the region."""
        if not self._check_intent_id(source, path, intent_id):
            return
        if self._scope.is_documented(region) and not self._scope.has_answer(intent_id, region):
            message = f"意图 {intent_id} 在 {region} 没有答案"
            self._problems.add("R005", source.place(path), message)

    def _check_intent_id(self, source: YamlSource, path: NodePath, intent_id: str) -> bool:
        if self._scope.is_intent(intent_id):
            return True
        hint = did_you_mean(intent_id, self._files.intents)
        self._problems.add("R004", source.place(path), f"没有意图 {intent_id}{hint}")
        return False

    def _check_region(self, source: YamlSource, path: NodePath, region: str) -> None:
        if not self._scope.is_region(region):
            hint = did_you_mean(region, self._scope.regions)
            self._problems.add("R009", source.place(path), f"没有地区 {region}{hint}")

    def _check_region_key(self, source: YamlSource, path: NodePath, region: str) -> None:
        if not self._scope.is_region(region):
            hint = did_you_mean(region, self._scope.regions)
            self._problems.add("R009", source.key_place(path), f"没有地区 {region}{hint}")

    def _check_anchors(
        self, source: YamlSource, path: NodePath, anchors: Sequence[str], region: str
    ) -> None:
        for anchor in anchors:
            place = source.find(path, anchor)
            name, _, heading = anchor.partition("#")
            document = self._files.documents.get(name)
            if document is None:
                if not self._scope.is_document(name):
                    hint = did_you_mean(name, self._files.documents)
                    self._problems.add("R002", place, f"没有文件 {name}{hint}")
                continue
            if heading not in document.sections:
                hint = did_you_mean(heading, document.sections)
                self._problems.add("R002", place, f"{name} 里没有小标题“{heading}”{hint}")
            elif document.front.value.region != region and self._scope.is_served(document, region):
                other = document.front.value.region
                self._problems.add("R003", place, f"{name} 是 {other} 的文件，这里是 {region}")

    def _check_text(self, source: YamlSource, path: NodePath, text: str, region: str) -> None:
        """Report unknown facts and anything else in braces."""
        for name in fact_names(text):
            if self._scope.is_region(region) and not self._scope.is_fact(region, name):
                hint = did_you_mean(name, self._scope.fact_values(region))
                place = source.find(path, f"{{fact.{name}}}")
                self._problems.add("R006", place, f"{region} 没有事实 {name}{hint}")
        for brace in stray_braces(text):
            self._problems.add("R007", source.find(path, brace), f"不认识 {brace}")

    def _check_no_braces(self, source: YamlSource, path: NodePath, text: str) -> None:
        """Report braces where nothing is filled in: parents would read them."""
        for brace in any_braces(text):
            self._problems.add(
                "R007", source.find(path, brace), f"这里不能写 {brace}", "去掉花括号"
            )
