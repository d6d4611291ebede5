"""`chimeform demo`: the story works, lies about nothing, and leaves nothing behind however it ends."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from chimeform.cli.demo import CHAPTERS
from tests.cli.program import PATIENCE_SECONDS, Program, Ran, wait_for_line


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """With a folder for temporary files of its own, and a user's AWS account within reach."""
    (tmp_path / "temporary").mkdir()
    real = {
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_PROFILE": "real",
    }
    return Program(tmp_path, {"TMPDIR": str(tmp_path / "temporary"), **real})


def play(program: Program, *arguments: str) -> Ran:
    """The whole demo: some twenty processes, one after the other."""
    with program.start("demo", *arguments) as process:
        out, err = process.communicate(timeout=10 * PATIENCE_SECONDS)
    return Ran(process.returncode, out, err)


def left_behind(program: Program) -> list[str]:
    return sorted(path.name for path in (program.root / "temporary").iterdir())


def is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def sandboxes_of(program: Program) -> list[int]:
    """Processes that were started with the temporary folder of this test."""
    marker = str(program.root / "temporary")
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue  # it has just ended
        if marker in command:
            found.append(int(folder.name))
    return found


def test_the_whole_story(program: Program) -> None:
    ran = play(program)
    assert ran.code == 0, ran.all
    assert ran.err == ""
    for number in range(1, len(CHAPTERS) + 1):
        assert f"\n{number}. " in ran.out
    assert "changed there since the last apply" in ran.out
    assert "No changes: everything is as the files say." in ran.out
    assert "AKIAREAL" not in ran.out
    assert left_behind(program) == []
    assert sandboxes_of(program) == []


def test_kept_workspaces_can_be_gone_on_with(program: Program) -> None:
    ran = play(program, "--keep")
    assert ran.code == 0, ran.all
    (kept,) = (program.root / "temporary").iterdir()
    world = str(kept / ".chimeform" / "sandbox.db")
    assert world in ran.out
    server = program.start("sandbox", "serve", "--port", "0", "--data-file", world)
    try:
        url = wait_for_line(server, "Amazon Chime answers at").split()[4].rstrip(",")
        del program.env["AWS_PROFILE"]
        again = program("plan", "-C", str(kept), "--detailed-exitcode", AWS_ENDPOINT_URL=url)
        assert again.code == 0, again.all
    finally:
        server.kill()
        server.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_cleans_up_when_it_is_told_to_end(program: Program, number: int) -> None:
    process = program.start("demo")
    wait_for_line(process, "The workspace demo is valid")
    (sandbox,) = sandboxes_of(program)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert not is_running(sandbox)
    assert left_behind(program) == []


def test_a_step_that_fails_ends_it(program: Program) -> None:
    """A world that is not what the story says must not be told as if it were: here somebody interferes."""
    process = program.start("demo")
    wait_for_line(process, "4. Apply does what the plan says")
    (sandbox,) = sandboxes_of(program)
    os.kill(sandbox, signal.SIGKILL)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert "Every step did what it says" not in out
    assert "error[CF-" in err
    assert "Traceback" not in err
    assert "CF-RUN-002" not in out + err, "an interfering person is no fault of the program"
    assert left_behind(program) == []


def test_pause_waits_on_a_terminal(program: Program) -> None:
    terminal = program.on_terminal("demo", "--pause")
    terminal.until("[Enter]")
    assert "2. Everything" not in terminal.seen
    terminal.type("\n").until("2. Everything").until("is valid").until("[Enter]").press_ctrl_c()
    ran = terminal.end()
    assert ran.code == 130
    assert left_behind(program) == []


def test_without_a_terminal_it_does_not_wait(program: Program) -> None:
    process = program.start("demo", "--pause")
    wait_for_line(process, "2. Everything that can be known")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE_SECONDS)
