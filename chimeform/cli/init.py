"""`chimeform init`: a new workspace."""

from __future__ import annotations

import re
from pathlib import Path

import click

from ..errors import ChimeformError
from ..report.json_text import to_json
from .answers import answer
from .options import Options, command

_TEMPLATE = Path(__file__).parent / "init_workspace" / "chimeform.yaml"
_CI = Path(__file__).parent / "init_ci"
_SCRIPTS = {".chimeform/ci/ci.sh": "ci.sh", ".chimeform/ci/host.py": "host.py"}
CI_FILES = {
    "github": {
        ".github/workflows/chimeform.yml": "github.yml",
        ".github/actions/chimeform/action.yml": "action.yml",
        **_SCRIPTS,
    },
    "gitlab": {".gitlab-ci.yml": "gitlab-include.yml", ".gitlab/chimeform.yml": "gitlab.yml", **_SCRIPTS},
}
"""Build server → file in the repository → the template that it is made from."""

_IGNORED = "# ledgers hold physical ids and people's names\n*.db*\n"
_LONGEST_NAME = 50
_NEXT = """
Next:
  1. Edit {file}; the example in it shows what there is, and so does 'chimeform explain'.
  2. 'chimeform validate' checks it without the network.
  3. 'chimeform plan' shows what would change, and 'chimeform apply' does it.

To try it without an AWS account: 'chimeform sandbox serve' in another shell, and here
  eval "$(chimeform sandbox env)"
"""

_NEXT_WITH_CI = {
    "github": """
For pull requests: commit the files below .github and .chimeform, register a runner with the label 'chimeform', and let
'state.path' name a file on it: the ledger has to be the same in every run.
""",
    "gitlab": """
For merge requests: commit the files below .gitlab and .chimeform, register a runner with the tag 'chimeform', let
'state.path' name a file on it (the ledger has to be the same in every run), and set CHIMEFORM_GITLAB_TOKEN. If there
was a .gitlab-ci.yml already, include .gitlab/chimeform.yml from it.
""",
}


@command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--ci", "server", type=click.Choice(sorted(CI_FILES)), help="Make the files for pull requests and drift too."
)
def init(options: Options, folder: Path, server: str | None) -> None:
    """Make a new workspace in DIR (here, unless you name one), with an example and completion for editors.

    With --ci, DIR is the repository, and the files that its build server needs are made too. Files that are there
    already are never touched.
    """
    root = options.path(folder)
    created: list[str] = []
    kept: list[str] = []
    files = {**workspace_files(root.resolve().name), **(ci_files(server) if server else {})}
    for name, text in files.items():
        (created if _write_new(root / name, text) else kept).append(name)
    lines = [f"created  {root / name}" for name in created]
    lines += [f"kept     {root / name} (it was there already)" for name in kept]
    lines += _NEXT.format(file=root / "chimeform.yaml").rstrip("\n").split("\n")
    lines += _NEXT_WITH_CI[server].rstrip("\n").split("\n") if server else []
    answer(options, {"directory": str(root), "created": created, "kept": kept}, *lines)


def ci_files(server: str) -> dict[str, str]:
    """Name → text of every file that a build server needs, named from the root of the repository."""
    return {name: (_CI / source).read_text(encoding="utf-8") for name, source in CI_FILES[server].items()}


def workspace_files(folder: str) -> dict[str, str]:
    """Name → text of every file of a new workspace in a folder of that name."""
    text = _TEMPLATE.read_text(encoding="utf-8").replace("WORKSPACE", workspace_name(folder))
    return {"chimeform.yaml": text, **surroundings()}


def workspace_name(folder: str) -> str:
    """What a workspace in a folder of that name is called."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-")[:_LONGEST_NAME].strip("-")
    # a bare number would be read as one
    return name if re.match("[a-z]", name) else f"workspace-{name}".strip("-")


def surroundings() -> dict[str, str]:
    """Name → text of what stands beside the files of every workspace: for editors, and for git."""
    from ..language.schema import workspace_schema

    return {
        ".chimeform/chimeform.schema.json": to_json(workspace_schema()) + "\n",
        ".chimeform/.gitignore": _IGNORED,
    }


def _write_new(file: Path, text: str) -> bool:
    """Write a file that is not there yet; False, and nothing is touched, if it is."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError as error:
        if file.is_file():
            return False
        raise _cannot_make(file, error) from error
    except OSError as error:
        raise _cannot_make(file, error) from error
    return True


def _cannot_make(file: Path, error: OSError) -> ChimeformError:
    return ChimeformError(
        f"{file} cannot be made: {error.strerror or error}",
        why="a workspace is a folder with a chimeform.yaml in it",
        do="name a folder that is yours to write to",
        code="CF-INI-001",
    )
