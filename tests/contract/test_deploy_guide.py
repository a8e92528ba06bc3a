"""Every command of docs/guides/deploy.md is run or validated, as far as no cluster is needed."""

import re
import shlex
import subprocess
from itertools import pairwise
from pathlib import Path

import yaml
from syncline_contracts.catalog import SERVICES

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "deploy.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
COMMANDS = [line.strip() for block in BLOCKS for line in block.splitlines()]
KNOWN = ("make", "kubectl", "helm", "docker", ".venv/bin/python", ".venv/bin/syncline")
SHELL = ("for ", "done", "export ")


def commands_of(program: str) -> list[list[str]]:
    return [shlex.split(one) for one in COMMANDS if one.startswith(program)]


def test_no_command_is_of_a_kind_that_nobody_checks() -> None:
    others = [one for one in COMMANDS if not one.startswith((*KNOWN, *SHELL))]
    assert others == []


def test_make_knows_its_targets() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = [words[1] for words in commands_of("make")] + re.findall(r"`make ([a-z-]+)", GUIDE)
    assert named
    assert set(named) <= set(targets)


def test_every_file_that_is_named_is_there() -> None:
    named = re.findall(r"\bdeploy/[\w./-]+\w", GUIDE)
    assert named
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_the_images_are_those_of_the_services_and_of_the_provisioning() -> None:
    (loop,) = (one for one in COMMANDS if one.startswith("for "))
    assert set(loop.removeprefix("for service in ").removesuffix("; do").split()) == {
        *SERVICES,
        "chassis",
    }
    for words in commands_of("docker build"):
        assert "deploy/Dockerfile" in words
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE):
        for path in copied.replace("${SERVICE}*", "xero").split():
            assert (ROOT / path).exists(), path


def test_the_charts_values_are_files_and_yaml() -> None:
    for words in commands_of("helm upgrade"):
        for flag, value in pairwise(words):
            if flag == "-f":
                assert yaml.safe_load((ROOT / value).read_text())


def test_the_secrets_command_takes_what_the_guide_gives_it(tmp_path: Path) -> None:
    for number, words in enumerate(commands_of(".venv/bin/python -m syncline_stack")):
        into = ["--into", str(tmp_path / f"secrets-{number}.yaml")]
        ended = subprocess.run([*words, *into], cwd=ROOT, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr


def test_every_variable_is_made_before_a_command_takes_it() -> None:
    made = set(re.findall(r"export (\w+)`", GUIDE)) | {"service"}
    for line in COMMANDS:
        assert set(re.findall(r"\$(\w+)", line)) <= made, line
        made |= set(re.findall(r"(\w+)=", line)) if line.startswith("export ") else set()


def test_the_old_key_is_dropped_when_everything_is_sealed_anew_and_not_before() -> None:
    steps = [
        words[1] if words[1] != "patch" else shlex.split(words[-1])[-1].strip('"}')
        for words in commands_of("kubectl")
        if any("$SERVICE" in word for word in words)
    ]
    rolled = ["rollout", "rollout"]
    assert steps[:-1] == [
        *("$OLD_KEY,$NEW_KEY", *rolled, "$NEW_KEY,$OLD_KEY", *rolled, "exec", "$NEW_KEY")
    ]
    assert steps[-1] == "rollout"


def test_what_it_says_of_the_portals_first_token_is_a_setting() -> None:
    deployment = (ROOT / "deploy/base/services/portal/deployment.yaml").read_text()
    assert "SYNCLINE_PORTAL_BOOTSTRAP_TOKEN_FILE" in deployment
