"""Pushing a data set to a loopback server that speaks the Hub's API, through the real huggingface_hub."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap

import pytest

from studio.domain.errors import UserError
from studio.services import annotate as verbs
from studio.services.export import export
from studio.services.hub_push import check_repo, push_folder

PUSH = """
    import json, sys
    from pathlib import Path
    from studio.domain.errors import UserError
    from studio.services.hub_push import push_folder
    for repo, private, replace in json.loads(sys.argv[2]):
        try:
            print(json.dumps(["url", push_folder(Path(sys.argv[1]), repo, private, replace).url]))
        except UserError as error:
            print(json.dumps([type(error).__name__, str(error)]))
"""


@pytest.fixture
def folder(small_project, tmp_path):
    verbs.accept(small_project, "Ada", 6, "dog 6")
    export(small_project, tmp_path / "set", "hub", reviewed=True)
    return tmp_path / "set"


def push(hub, folder, tmp_path, *asked, token="hf_loopback", **more):
    """In a process of its own: huggingface_hub reads its address when it is imported."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
    env |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_DISABLE_XET": "1"}
    env |= {"HF_TOKEN": token} if token else {}
    env |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", **more}
    command = [sys.executable, "-c", textwrap.dedent(PUSH), str(folder), json.dumps(asked)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]


def test_a_folder_is_pushed_private_and_never_over_another_one(push_hub, folder, tmp_path):
    said = push(
        push_hub,
        folder,
        tmp_path,
        ("ada/new", True, False),
        ("ada/new", True, False),
        ("ada/open", False, False),
    )
    assert said[0] == ["url", f"{push_hub.url}/datasets/ada/new"]
    assert said[1][0] == "UserError"
    assert "is there already on the Hub" in said[1][1]
    assert push_hub.private == {"ada/new": True, "ada/open": False}
    written = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    del written["concept-studio-export.json"]
    assert push_hub.repos["ada/new"] == written


def test_a_replaced_data_set_keeps_no_old_parts(push_hub, folder, tmp_path):
    push_hub.repos["ada/old"] = {"samples/train-00000-of-00001.parquet": b"old", "own.txt": b"kept"}
    push_hub.private["ada/old"] = True
    (said,) = push(push_hub, folder, tmp_path, ("ada/old", True, True))
    assert said[0] == "url"
    assert "samples/train-00000-of-00001.parquet" not in push_hub.repos["ada/old"]
    assert push_hub.repos["ada/old"]["own.txt"] == b"kept"
    assert "README.md" in push_hub.repos["ada/old"]


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"token": "hf_wrong"}, 0, "does not let you write there (401)"),
        ({"token": ""}, 0, "Log in with `hf auth login`"),
        ({}, 403, "does not let you write there (403)"),
        ({}, 418, "the Hub answered 418"),
        ({"HF_HUB_OFFLINE": "1"}, 0, "offline mode is on"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, 0, "out of reach"),
    ],
    ids=["wrong token", "no token", "forbidden", "refused", "offline", "nobody there"],
)
def test_what_goes_wrong_is_a_sentence(push_hub, folder, tmp_path, more, status, words):
    push_hub.status = status
    (said,) = push(push_hub, folder, tmp_path, ("ada/new", True, False), **more)
    assert said[0] in ("UserError", "NetworkError")
    assert "ada/new was not pushed" in said[1]
    assert words in said[1]
    assert push_hub.repos == {}


@pytest.mark.parametrize("name", ["", "new", "a/b/c", "a b/c", "../x/y", "a/", "ä/b", "/b"])
def test_a_name_that_is_none_is_a_sentence(name):
    with pytest.raises(UserError, match="OWNER/NAME"):
        check_repo(name)


def test_only_a_folder_that_was_exported_is_pushed(tmp_path):
    (tmp_path / "secret.txt").write_text("mine")
    with pytest.raises(UserError, match="no data set that was exported"):
        push_folder(tmp_path, "ada/new")
