"""Calls that turn data into code, or a name into a path or a command: none of ours makes them."""

import ast
from collections.abc import Iterator

import pytest

from tests.test_architecture import PACKAGES, name, sources

MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
BUILTINS = {"eval", "exec", "compile", "__import__"}
# By what they are imported from, or the last two names of the call; and what to do instead.
CALLS = {
    "torch.load": "safetensors loads tensors and nothing else",
    "torch.save": "safetensors saves what can be loaded without running it",
    "export.load": "torch.export reads archives with code in them",
    "yaml.load": "yaml.safe_load makes plain values only",
    "yaml.unsafe_load": "yaml.safe_load makes plain values only",
    "os.system": "a list of arguments needs no shell",
    "os.popen": "a list of arguments needs no shell",
    "subprocess.getoutput": "a list of arguments needs no shell",
    "tempfile.mktemp": "mkstemp makes the file together with its name",
    "ssl._create_unverified_context": "certificates are verified",
}
METHODS = {
    "extractall": "members are read one by one, each checked",
    "unpack_archive": "the same",
    "load_state_dict_from_url": "weights come as safetensors, from a file or the hub",
    "urlretrieve": "what is fetched has a ceiling",
}
ARGUMENTS = {"shell": True, "verify": False, "allow_pickle": True, "trust_remote_code": True}


def forbidden(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, what) of each forbidden thing below."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            roots = {each.split(".")[0] for each in _imported(node)}
            yield from ((node.lineno, f"import {each}") for each in roots & MODULES)
            yield from ((node.lineno, each) for each in _imported(node) if each in CALLS)
        elif isinstance(node, ast.Call):
            yield from ((node.lineno, what) for what in _called(node))


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    names = [each.name for each in node.names]
    if isinstance(node, ast.Import):
        return names
    return [f"{node.module}.{each}" for each in names] if node.module else names


def _called(call: ast.Call) -> Iterator[str]:
    dotted = ast.unparse(call.func)
    if dotted in BUILTINS or _ending(dotted) in CALLS or dotted.split(".")[-1] in METHODS:
        yield dotted
    for given in call.keywords:
        if given.arg in ARGUMENTS and not _is_known_safe(given):
            yield f"{dotted}({given.arg}=)"


def _is_known_safe(given: ast.keyword) -> bool:
    """A value that is only known at run time may be the wrong one."""
    assert given.arg is not None
    value = given.value
    return isinstance(value, ast.Constant) and value.value is not ARGUMENTS[given.arg]


def _ending(dotted: str) -> str:
    return ".".join(dotted.split(".")[-2:])


@pytest.mark.parametrize("package", [*PACKAGES, "benchmarks"])
def test_no_data_becomes_code_and_no_name_a_command(package: str):
    assert [
        f"{name(path)}:{line} {what}"
        for path in sources(package)
        for line, what in forbidden(ast.parse(path.read_text()))
    ] == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from pickle import loads",
        "import torch as t; from torch import load",
        "torch.load(f, weights_only=True)",
        "np.load(f, allow_pickle=True)",
        "np.load(f, allow_pickle=asked)",
        "tarfile.open(f).extractall(filter='data')",
        "shutil.unpack_archive(f)",
        "yaml.load(f)",
        "subprocess.run(c, shell=True)",
        "os.system(c)",
        "httpx.get(u, verify=False)",
        "eval(s)",
        "exec(s)",
        "joblib.load(f); import joblib",
        "torch.hub.load_state_dict_from_url(u)",
        "Model.from_pretrained(n, trust_remote_code=True)",
    ],
)
def test_each_kind_of_it_is_found(code: str):
    assert list(forbidden(ast.parse(code)))


@pytest.mark.parametrize(
    "code", ["model.eval()", "re.compile(p)", "json.load(f)", "subprocess.run(c, shell=False)"]
)
def test_what_only_looks_like_it_is_left_alone(code: str):
    assert list(forbidden(ast.parse(code))) == []
