"""Every operation of api/openapi.yaml is in every target, under one id."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTION = (ROOT / "api" / "openapi.yaml").read_text()
PYTHON = ROOT / "bindings-python" / "didit_client" / "generated" / "resources"

# The two extensions stand beside each other in every operation.
IDS = [
    f"{resource}.{method}"
    for resource, method in re.findall(r"^ +x-resource: (\S+)\n +x-method: (\S+)$", DESCRIPTION, re.MULTILINE)
]


def pascal(resource: str) -> str:
    return "".join(part.capitalize() for part in re.split(r"[._]", resource))


def text_of(folder: str, pattern: str) -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / folder).glob(pattern)))


def methods(prefix: str) -> Iterator[tuple[str, str, str]]:
    """Class, method and id of each call in the Python classes whose name begins so."""
    for path in PYTHON.glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and node.name.startswith("Async") == bool(prefix):
                for method in node.body:
                    if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                        for call in ast.walk(method):
                            if isinstance(call, ast.Call) and ast.unparse(call.func) in CALLS:
                                assert isinstance(call.args[0], ast.Constant)
                                yield node.name, method.name, call.args[0].value


CALLS = {"self._call", "self._list", "self._file"}


def test_ids_are_unique() -> None:
    assert len(IDS) == len(re.findall(r"^ +operationId: (?!on[A-Z])", DESCRIPTION, re.MULTILINE))
    assert len(IDS) == len(set(IDS)) == 260


@pytest.mark.parametrize("prefix", ["", "Async"])
def test_python_has_every_operation(prefix: str) -> None:
    found = list(methods(prefix))
    assert sorted(identity for _, _, identity in found) == sorted(IDS)
    for class_name, method, identity in found:
        resource, name = identity.rsplit(".", 1)
        assert (class_name, method) == (prefix + pascal(resource), name)


def test_the_rust_table_has_every_operation_in_order() -> None:
    table = (ROOT / "core/src/api/generated/operations.rs").read_text()
    assert re.findall(r'^ +id: "(.+)",$', table, re.MULTILINE) == sorted(IDS)


def test_rust_types_have_every_operation() -> None:
    source = text_of("core/src/api/generated/resources", "*.rs")
    assert sorted(re.findall(r'\.(?:call|list|file)\(\s*"([a-z0-9_.]+)"', source)) == sorted(IDS)


def test_typescript_has_every_operation() -> None:
    source = text_of("bindings-node/lib/generated/resources", "*.ts")
    assert sorted(re.findall(r'this\._(?:call|list|file)(?:<[^(]*>)?\(\s*"([a-z0-9_.]+)"', source)) == sorted(IDS)


def test_the_reference_has_every_operation_with_its_mark() -> None:
    pages = text_of("docs/operations", "*.md")
    assert sorted(re.findall(r"^## `([a-z0-9_.]+)`$", pages, re.MULTILINE)) == sorted(IDS)
    marks = re.findall(r"^`[A-Z]+ /.*; (documented|seen in Didit's own code|reported)\.", pages, re.MULTILINE)
    assert len(marks) == len(IDS)


def test_the_emulator_has_every_answer() -> None:
    answers = json.loads((ROOT / "dev/src/generated/answers.json").read_text())
    assert list(answers) == sorted(IDS)


@pytest.mark.parametrize("resource", sorted({identity.split(".")[0] for identity in IDS}))
def test_async_methods_take_what_sync_methods_take(resource: str) -> None:
    module = import_module(f"didit_client.generated.resources.{resource}")
    for name in (name for name in module.__all__ if not name.startswith("Async")):
        plain, awaited = getattr(module, name), getattr(module, f"Async{name}")
        for method, function in vars(plain).items():
            if inspect.isfunction(function):
                other = inspect.signature(vars(awaited)[method])
                signature = inspect.signature(function)
                assert signature.parameters == other.parameters
                assert function.__doc__ == vars(awaited)[method].__doc__


def test_every_mark_of_confidence_is_in_the_docstrings() -> None:
    for name in ("sessions", "account", "checks"):
        module = import_module(f"didit_client.generated.resources.{name}")
        classes = [getattr(module, class_name) for class_name in module.__all__]
        for function in (item for cls in classes for item in vars(cls).values() if inspect.isfunction(item)):
            assert re.search(r"(documented|seen in\s+Didit's own code|reported)\.", function.__doc__ or ""), function
