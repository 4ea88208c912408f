"""The trace of a run: what a viewer of Chrome's trace format is given."""

import json
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from frazil.cli.tracing import Seen, spans_of
from frazil.events import ArtifactStored, BytesReceived, PhaseBegan, PhaseEnded, RequestMade, RoundBegan, Warned
from tests.support.command_lines import Ran, run_line
from tests.support.index_server import IndexServer, Release, world
from tests.support.machine import Machine

PACKAGES: dict[str, dict[str, Release]] = {
    "flask": {"3.0": ["werkzeug>=3", "click"]},
    "werkzeug": {"3.0": [], "3.1": []},
    "click": {"8.1": []},
}
MAIN = threading.main_thread()
PASSWORD = "canary-of-a-password"


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with IndexServer() as server:
        machine = Machine(tmp_path / "alice", world(server, PACKAGES), tmp_path / "shop")
        machine.declare({"web": ["flask"]})
        yield machine


def frazil(machine: Machine, *words: str, **variables: str) -> Ran:
    return run_line(*words, folder=machine.project, environ={**os.environ, **variables})


def entries(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["traceEvents"]
    return found


def names(path: Path, kind: str) -> list[str]:
    return [entry["name"] for entry in entries(path) if entry.get("cat") == kind]


# What is in it ---------------------------------------------------------------------------------------------


def test_a_trace_of_an_ensure_holds_phases_requests_parses_rounds_downloads_and_links(machine: Machine) -> None:
    assert frazil(machine, "ensure", "--trace", "trace.json").code == 0
    trace = machine.project / "trace.json"
    assert set(names(trace, "phase")) >= {"read", "resolve", "plan", "download", "link"}
    assert "GET flask" in names(trace, "request")
    assert sorted(names(trace, "parse")) == ["parse click", "parse flask", "parse werkzeug"]
    rounds = [entry for entry in entries(trace) if entry.get("cat") == "solver"]
    assert {entry["args"]["node"] for entry in rounds} == {"flask", "werkzeug", "click"}
    assert len(names(trace, "download")) == len(names(trace, "link")) == 3


def test_the_other_engine_is_traced_by_rounds_too(machine: Machine) -> None:
    frazil(machine, "resolve", "--engine", "resolvelib", "--trace", "trace.json")
    assert names(machine.project / "trace.json", "solver")[:2] == ["round 1", "round 2"]


def test_every_phase_that_begins_ends_on_its_thread(machine: Machine) -> None:
    frazil(machine, "ensure", "--trace", "trace.json")
    open_phases: dict[int, list[str]] = defaultdict(list)
    for entry in entries(machine.project / "trace.json"):
        if entry["ph"] == "B":
            open_phases[entry["tid"]].append(entry["name"])
        elif entry["ph"] == "E":
            assert open_phases[entry["tid"]].pop() == entry["name"]
    assert not any(open_phases.values())


def test_times_are_microseconds_since_the_run_began(machine: Machine) -> None:
    frazil(machine, "resolve", "--trace", "trace.json")
    timed = [entry for entry in entries(machine.project / "trace.json") if entry["ph"] == "X"]
    assert timed != []
    assert all(entry["ts"] >= 0 and 0 <= entry["dur"] < 60e6 for entry in timed)


def test_what_a_thread_did_lies_within_each_other_or_apart(machine: Machine) -> None:
    frazil(machine, "ensure", "--trace", "trace.json")
    by_thread: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for entry in entries(machine.project / "trace.json"):
        if entry["ph"] == "X":
            by_thread[entry["tid"]].append((entry["ts"], entry["ts"] + entry["dur"]))
    rounding = 0.3
    for spans in by_thread.values():
        for start, end in spans:
            inside = [other for other in spans if start + rounding < other[0] < end - rounding]
            assert [other for other in inside if other[1] > end + rounding] == []


def test_no_password_gets_into_a_trace(machine: Machine) -> None:
    machine.server.require_auth("user", PASSWORD)
    manifest = machine.project / "frazil.toml"
    text = manifest.read_text(encoding="utf-8").replace("http://", f"http://user:{PASSWORD}@")
    manifest.write_text(text, encoding="utf-8")
    ran = frazil(machine, "ensure", "--trace", "trace.json")
    trace = (machine.project / "trace.json").read_text(encoding="utf-8")
    assert ran.code == 0, ran.err
    assert "GET flask" in trace
    assert PASSWORD not in trace


# When it is written ----------------------------------------------------------------------------------------


def test_a_run_that_fails_is_traced(machine: Machine) -> None:
    machine.declare({"web": ["flask", "werkzeug<3"]})
    assert frazil(machine, "resolve", "--trace", "trace.json").code == 1
    assert "GET werkzeug" in names(machine.project / "trace.json", "request")


def test_a_run_that_may_write_nothing_writes_its_trace(machine: Machine) -> None:
    frazil(machine, "resolve")
    assert frazil(machine, "resolve", "--check", "--trace", "trace.json").code == 0
    assert set(names(machine.project / "trace.json", "phase")) == {"read"}


def test_the_variable_asks_for_a_trace_too(machine: Machine) -> None:
    frazil(machine, "resolve", FRAZIL_TRACE="trace.json")
    assert names(machine.project / "trace.json", "request")


def test_a_trace_that_cannot_be_written_is_told_before_the_work_begins(machine: Machine) -> None:
    ran = frazil(machine, "resolve", "--trace", "nowhere/trace.json")
    assert ran.code == 2
    assert "nowhere does not exist" in ran.err
    assert not machine.lock.exists()


def test_what_is_no_file_is_never_replaced_by_a_trace(machine: Machine) -> None:
    ran = frazil(machine, "resolve", "--trace", ".")
    assert ran.code == 2
    assert "which is no file" in ran.err
    assert not machine.lock.exists()


# How it is drawn -------------------------------------------------------------------------------------------


def test_what_took_time_began_that_much_earlier() -> None:
    entry = spans_of([Seen(5000.0, MAIN, RequestMade("https://index.example/simple/flask/", 200, 7, 0.003))], "")[-1]
    assert (entry["ph"], entry["name"], entry["ts"], entry["dur"]) == ("X", "GET flask", 2000.0, 3000.0)
    assert entry["args"] == {"url": "https://index.example/simple/flask/", "status": 200, "received": 7}


def test_a_round_lasts_until_the_next_one_or_the_end_of_the_phase() -> None:
    seen = [
        Seen(0.0, MAIN, PhaseBegan("resolve")),
        Seen(10.0, MAIN, RoundBegan(1, "flask")),
        Seen(30.0, MAIN, RoundBegan(2, "click")),
        Seen(35.0, MAIN, PhaseEnded("resolve")),
    ]
    rounds = [entry for entry in spans_of(seen, "resolve") if entry.get("cat") == "solver"]
    assert [(entry["name"], entry["ts"], entry["dur"]) for entry in rounds] == [
        ("round 1", 10.0, 20.0),
        ("round 2", 30.0, 5.0),
    ]


def test_a_download_is_timed_from_the_first_bytes_that_stayed() -> None:
    seen = [
        Seen(10.0, MAIN, BytesReceived("a.whl", 100)),
        Seen(20.0, MAIN, BytesReceived("a.whl", -100)),
        Seen(50.0, MAIN, BytesReceived("a.whl", 100)),
        Seen(90.0, MAIN, ArtifactStored("a.whl", 100)),
    ]
    entry = spans_of(seen, "fetch")[-1]
    assert (entry["name"], entry["ts"], entry["dur"]) == ("store a.whl", 50.0, 40.0)


def test_a_download_holds_the_request_that_brought_it() -> None:
    seen = [
        Seen(50.0, MAIN, BytesReceived("a.whl", 100)),
        Seen(80.0, MAIN, RequestMade("https://files.index.example/a.whl", 200, 100, 60e-6)),
        Seen(90.0, MAIN, ArtifactStored("a.whl", 100)),
    ]
    request, download = spans_of(seen, "fetch")[-2:]
    assert (request["ts"], request["dur"]) == (20.0, 60.0)
    assert (download["ts"], download["dur"]) == (20.0, 70.0)


def test_threads_of_one_name_are_told_apart() -> None:
    one, other = threading.Thread(name="worker"), threading.Thread(name="worker")
    seen = [Seen(1.0, one, Warned("this")), Seen(2.0, other, Warned("that"))]
    spans = spans_of(seen, "fetch")
    named = {entry["tid"]: entry["args"]["name"] for entry in spans if entry["name"] == "thread_name"}
    places = {entry["name"]: entry["tid"] for entry in spans if entry["ph"] == "i"}
    assert set(named.values()) == {"worker"}
    assert places["this"] != places["that"]
