"""The command line: its help, and what it says of mistakes."""

import subprocess
import sys
import typing

import pytest

from activation_lab import cli
from activation_lab.commands import documents, exports
from conftest import ROOT, environment

REGISTERED = [
    command for app in (cli.app, exports.app, documents.app) for command in app.registered_commands
]
COMMANDS = [command.callback.__name__ for command in REGISTERED]


def test_the_help_lists_every_command_with_what_it_does(capsys):
    cli.main(["--help"])
    said = capsys.readouterr().out
    for command in REGISTERED:
        name = command.callback.__name__.replace("_", "-")
        first = command.callback.__doc__.split()[0]
        assert f" {name} " in said
        assert first in said


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_help(command):
    (found,) = (one for one in REGISTERED if one.callback.__name__ == command)
    for name, hint in typing.get_type_hints(found.callback, include_extras=True).items():
        if name != "return":
            (option,) = hint.__metadata__
            assert option.help, f"{command}: {name}"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "No such command 'nothing'"),
        (["verify", "--results", "results"], "Missing option '--reference'"),
        (
            ["data", "--dataset", "fashion", "--out", "x", "--folder", "auto"],
            "fashion is not a dataset",
        ),
        (
            ["train", "--job", "{}", "--data", "x", "--runs", "x", "--out", "x", "--device", "cpu"],
            "Invalid value for '--job'",
        ),
        (["collect", "--config", "{", "--results", "x", "--runs", "x", "--out", "x"], "'--config'"),
    ],
)
def test_a_mistake_is_named_without_a_traceback(arguments, said, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2
    assert said in capsys.readouterr().err


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from activation_lab.cli import main; main(['--help']);"
        "print({'torch', 'pandas', 'numpy', 'pydantic'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True
    )
    assert done.stderr.strip() == "set()"
