"""Starting is fast because heavy libraries are imported by the functions that need them. Counted, not timed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = {
    "boto3",
    "botocore",
    "cel_expr_python",
    "deepdiff",
    "jinja2",
    "ldap3",
    "moto",
    "networkx",
    "rich",
    "starlette",
    "urllib3",
    "uvicorn",
}
IMPORT_AND_LIST = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
LIST_MODULES = """
import json, pkgutil, chimeform
found = pkgutil.walk_packages(chimeform.__path__, "chimeform.")
print(json.dumps([each.name for each in found]))
"""


def run(program: str, *arguments: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program, *arguments], check=True, capture_output=True, text=True)
    return list(json.loads(done.stdout))


def list_modules() -> list[str]:
    """Every module outside the sandbox, which is a server of its own and starts once."""
    modules = run(LIST_MODULES)
    return [name for name in modules if not name.startswith("chimeform.sandbox") and name != "chimeform.__main__"]


def test_no_module_imports_a_heavy_library_at_its_top() -> None:
    modules = list_modules()
    assert {"chimeform.app", "chimeform.cli.plan", "chimeform.services.aws"} <= set(modules), "they are really listed"
    assert set(run(IMPORT_AND_LIST, *modules)) & HEAVY == set()


@pytest.mark.parametrize("module", ["json", "networkx"])
def test_listing_sees_what_is_imported(module: str) -> None:
    assert module in run(IMPORT_AND_LIST, module)
