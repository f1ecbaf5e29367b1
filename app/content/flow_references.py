"""What flows mention must exist: topics, sub-flows, ends of tests, and words that start them."""

from __future__ import annotations

from app.content.flow_builder import build_flows
from app.content.flow_model import FlowFile
from app.content.parsing import Parsed
from app.content.problems import did_you_mean
from app.content.scope import Scope
from app.content.synonym_patterns import PatternError, expand
from app.domain.flows import Flow
from app.domain.names import FlowId, Region
from app.flows.starts import Starts
from app.matching.normalise import normalise, squeeze, without_fillers


def check_flow_references(scope: Scope) -> None:
    """Report topics, sub-flows and test ends that do not exist, and starts that are questions."""
    built = build_flows(scope.files)
    questions = _questions(scope)
    for name, flow in scope.files.flows.items():
        _check_topic(scope, flow)
        _check_sub_flows(scope, flow)
        _check_starts(scope, flow, questions)
        _check_tests(scope, flow, built[FlowId(name)])


def _check_topic(scope: Scope, flow: Parsed[FlowFile]) -> None:
    """The topic starts the flow, or the flow has words that do."""
    value = flow.value
    topic = scope.files.intents.get(value.topic)
    if topic and topic.value.flow and not scope.is_flow(topic.value.flow):
        return  # told where the intent names it
    if topic and topic.value.flow != value.flow and not value.starts:
        message = f"意图 {value.topic} 里没有写 flow: {value.flow}，流程里也没有 starts"
        scope.files.problems.add("R008", flow.source.place(("topic",)), message)


def _check_sub_flows(scope: Scope, flow: Parsed[FlowFile]) -> None:
    for region, part in flow.value.regions.items():
        for i, row in enumerate(part.decide):
            if row.flow is None:
                continue
            place = flow.source.place(("regions", region, "decide", i, "flow"))
            other = scope.files.flows.get(row.flow)
            if not scope.is_flow(row.flow):
                hint = did_you_mean(row.flow, scope.files.flows)
                scope.files.problems.add("R008", place, f"没有流程 {row.flow}{hint}")
            elif other is not None and region not in other.value.regions:
                message = f"流程 {row.flow} 没有地区 {region}"
                scope.files.problems.add("R008", place, message)


def _check_starts(
    scope: Scope, flow: Parsed[FlowFile], questions: dict[str, tuple[str, str]]
) -> None:
    for i, text in enumerate(flow.value.starts):
        place = flow.source.place(("starts", i))
        try:
            starts = Starts(expand(text))
        except PatternError as error:
            scope.files.problems.add("F014", place, f"“{text}”：{error}")
            continue
        for squeezed, (intent, sentence) in questions.items():
            if starts.matches(squeezed):
                message = f"“{text}”会抢走意图 {intent} 的“{sentence}”"
                scope.files.problems.add("F015", place, message)
                break


def _check_tests(scope: Scope, flow: Parsed[FlowFile], built: Flow) -> None:
    for i, test in enumerate(flow.value.tests):
        part = built.regions.get(Region(test.region))
        if part is None:
            place = flow.source.place(("tests", i, "region"))
            hint = did_you_mean(test.region, flow.value.regions)
            scope.files.problems.add("F016", place, f"流程没有地区 {test.region}{hint}")
            continue
        ends = {str(row.answer or row.verdict) for row in part.decide}
        if test.ends not in ends:
            place = flow.source.place(("tests", i, "ends"))
            message = f"流程在 {test.region} 得不出 {test.ends}{did_you_mean(test.ends, ends)}"
            scope.files.problems.add("F016", place, message)


def _questions(scope: Scope) -> dict[str, tuple[str, str]]:
    """Return every sentence that an intent's author wants for it → intent and sentence."""
    return {
        squeeze(without_fillers(normalise(sentence))): (name, sentence)
        for name, intent in scope.files.intents.items()
        for sentence in (*intent.value.utterances, *intent.value.tests)
    }
