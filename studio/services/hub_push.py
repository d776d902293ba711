"""Push a data set folder to the Hub: only when asked, to a repo of one's own, and never over another one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from studio.domain.context import Context, Quiet
from studio.domain.errors import NetworkError, UserError
from studio.services.whole import MARK

#: What an earlier push may have left that the new folder has no more.
PARTS = ("labels/*", "examples/*", "samples/*")
LOG_IN = "Log in with `hf auth login`, with a token that may write, and try again."


@dataclass(frozen=True, slots=True)
class Pushed:
    """Where a data set can be seen, and the commit it is."""

    url: str
    commit: str


def check_repo(repo: str) -> str:
    """The name without space around it. Raises `UserError` when it is no OWNER/NAME."""
    name = repo.strip()
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}", name):
        raise UserError(f"“{repo}” is no name of a data set on the Hub. Write it as OWNER/NAME.")
    return name


def push_folder(
    folder: Path, repo: str, private: bool = True, replace: bool = False, ctx: Context | None = None
) -> Pushed:
    """Make the data set `repo` (private unless said otherwise) and upload an exported folder, in one commit.

    Raises `UserError` for a folder that is no such export, a repo that is there already (unless `replace`),
    or without the right to write; `NetworkError` when the Hub does not answer.
    """
    import huggingface_hub

    ctx, repo = ctx or Quiet(), check_repo(repo)
    _check_folder(folder)
    api = huggingface_hub.HfApi()
    with _sentences(repo):
        ctx.report(0, 1, f"Making {repo} on the Hub")
        api.create_repo(repo, repo_type="dataset", private=private, exist_ok=replace)
        ctx.check()
        ctx.report(0, 1, f"Uploading to {repo}")
        done = api.upload_folder(
            folder_path=folder, repo_id=repo, repo_type="dataset", ignore_patterns=[MARK],
            delete_patterns=list(PARTS), commit_message="Concepts exported from Concept Studio",
        )  # fmt: skip
    return Pushed(f"{api.endpoint}/datasets/{repo}", str(done.oid))


def _check_folder(folder: Path) -> None:
    try:
        made = json.loads((folder / MARK).read_text("utf-8")).get("format")
    except (OSError, ValueError, AttributeError):
        made = None
    if made != "hub":
        raise UserError(f"{folder} is no data set that was exported. Export it in the format hub first.")


@contextmanager
def _sentences(repo: str) -> Iterator[None]:
    """Turn what huggingface_hub raises into errors a person can act on."""
    from huggingface_hub import errors

    try:
        yield
    except errors.LocalTokenNotFoundError as error:
        raise UserError(f"{repo} was not pushed: nobody is logged in to the Hub. {LOG_IN}") from error
    except errors.HfHubHTTPError as error:
        raise _answered(repo, error.response.status_code if error.response is not None else 0) from error
    except errors.OfflineModeIsEnabled as error:
        raise NetworkError(
            f"{repo} was not pushed: offline mode is on. Unset HF_HUB_OFFLINE and try again."
        ) from error
    except Exception as error:
        if not isinstance(error, (OSError, *_client_errors())):
            raise
        raise NetworkError(f"{repo} was not pushed: the Hub is out of reach. Try again later.") from error


def _client_errors() -> tuple[type[Exception], ...]:
    """What the Hub's HTTP client raises; which client that is depends on huggingface_hub's version."""
    from huggingface_hub.errors import HfHubHTTPError

    return tuple(c for c in HfHubHTTPError.__mro__ if c.__name__ == "HTTPError")


def _answered(repo: str, status: int) -> UserError:
    if status == 409:
        return UserError(
            f"{repo} is there already on the Hub. Choose another name, or say that it may be replaced."
        )
    if status in (401, 403):
        return UserError(f"{repo} was not pushed: the Hub does not let you write there ({status}). {LOG_IN}")
    return NetworkError(f"{repo} was not pushed: the Hub answered {status}. Try again later.")
