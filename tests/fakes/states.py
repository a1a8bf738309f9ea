"""A small interpreter of the Amazon States Language: what our workflows use of it, without waiting."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

type Document = dict[str, Any]
type Task = Callable[[Document], Any]

STEPS = 500
NOT_OF_ALL = {"States.DataLimitExceeded", "States.Runtime"}
"""What States.ALL does not match."""


class TaskError(Exception):
    """A task failed; the name is what `ErrorEquals` is compared with."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Failed(Exception):  # noqa: N818 - it is an outcome
    """The execution ended in a Fail state, or by a failure that nothing caught."""


class Machine:
    """Runs a definition against tasks by resource; `visited` are the states, in order."""

    def __init__(self, file: Path, tasks: Mapping[str, Task]) -> None:
        self.states: dict[str, Document] = json.loads(file.read_text())["States"]
        self._start: str = json.loads(file.read_text())["StartAt"]
        self._tasks = tasks
        self.visited: list[str] = []

    def run(self, order: Document) -> Document:
        """The output of the Succeed state.

        Raises:
            Failed: with the error's name.
        """
        context = {
            "Execution": {"Name": "0000-abc123", "Input": order},
            "State": {"EnteredTime": "2026-01-31T09:00:00Z"},
        }
        data, name = dict(order), self._start
        for _ in range(STEPS):
            self.visited.append(name)
            state = self.states[name]
            kind = state["Type"]
            if kind == "Succeed":
                output: Document = _at(state.get("OutputPath", "$"), data, context)
                return output
            if kind == "Fail":
                raise Failed(state["Error"])
            if kind == "Choice":
                name = next((c["Next"] for c in state["Choices"] if _holds(c, data)), state.get("Default", ""))
                if not name:
                    raise Failed("States.NoChoiceMatched")
                continue
            if kind == "Task":
                name = self._task(state, data, context)
                continue
            if kind == "Wait" and "SecondsPath" in state:
                assert _at(state["SecondsPath"], data, context) >= 0
            if kind == "Pass":
                _put(state, data, _filled(state["Parameters"], data, context))
            name = state["Next"]
        raise AssertionError(f"it goes round in circles: {self.visited[-20:]}")

    def _task(self, state: Document, data: Document, context: Document) -> str:
        request = json.loads(json.dumps(_filled(state["Parameters"], data, context)))
        attempt = 0
        while True:
            try:
                answer = self._tasks[state["Resource"]](request)
            except TaskError as error:
                tries = sum(retry["MaxAttempts"] for retry in state.get("Retry", []) if _matches(retry, error))
                if attempt < tries:
                    attempt += 1
                    continue
                for catch in state.get("Catch", []):
                    if _matches(catch, error):
                        data[catch["ResultPath"].removeprefix("$.")] = {"Error": error.name, "Cause": "said so"}
                        return str(catch["Next"])
                raise Failed(error.name) from error
            _put(state, data, json.loads(json.dumps(answer)))
            break
        return str(state["Next"])


def _matches(rule: Document, error: TaskError) -> bool:
    if error.name == "States.Runtime":
        return False
    return error.name in rule["ErrorEquals"] or ("States.ALL" in rule["ErrorEquals"] and error.name not in NOT_OF_ALL)


def _put(state: Document, data: Document, result: Any) -> None:
    path = state["ResultPath"]
    if path is not None:
        data[path.removeprefix("$.")] = result


def _at(path: str, data: Document, context: Document) -> Any:
    value: Any = context if path.startswith("$$") else data
    for name in path.split(".")[1:]:
        value = value[name]
    return value


def _filled(template: Any, data: Document, context: Document) -> Any:
    if isinstance(template, list):
        return [_filled(item, data, context) for item in template]
    if not isinstance(template, dict):
        return template
    return {
        name.removesuffix(".$"): _at(value, data, context) if name.endswith(".$") else _filled(value, data, context)
        for name, value in template.items()
    }


def _holds(rule: Document, data: Document) -> bool:
    if "And" in rule:
        return all(_holds(part, data) for part in rule["And"])
    if "Or" in rule:
        return any(_holds(part, data) for part in rule["Or"])
    value = _at(rule["Variable"], data, {})
    if "StringEqualsPath" in rule:
        return bool(value == _at(rule["StringEqualsPath"], data, {}))
    return bool(value == rule["StringEquals"])
