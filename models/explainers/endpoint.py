"""A chat model behind an OpenAI-compatible endpoint (vLLM, Ollama, LM Studio, SGLang, Hugging Face ...)."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from typing import Any

from huggingface_hub import InferenceClient, get_token
from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError

from models.explainers.chat import Answer, ChatModel, NoAnswerError, Question
from models.explainers.pace import Pace, retry_after
from models.explainers.replies import UnreadableReplyError, as_answer
from studio.domain.endpoint import OWN_KEY, check_endpoint
from studio.domain.errors import ModelError, NetworkError
from studio.domain.specs import ChatSpec

#: Where a key may come from, by the end of the host's name; other hosts get `OWN_KEY` only.
KEYS = {"openai.com": "OPENAI_API_KEY"}
HUB_HOSTS = ("huggingface.co", "huggingface.cloud", "hf.space")
#: Sent where there is no key: without one the client would send the Hub's token to any host.
NO_KEY = "none"
#: What helps after a while, and what helps at once when probabilities are not asked for.
TRY_AGAIN = (408, 409, 425, 429, 500, 502, 503, 504, 529)
UNUSABLE = {
    401: "the endpoint did not accept the key. Set {key}, and start again",
    402: "the endpoint asks for payment. Look at your account with it",
    403: "the endpoint does not allow this. Check the key in {key} and the model's terms",
    404: "the endpoint knows no such address or model. Check --endpoint and --model",
    405: "this address takes no chat questions. Check --endpoint; it usually ends in /v1",
}
TRIES = 6
TOP = 10


@dataclass(frozen=True, slots=True)
class _Failure(Exception):  # noqa: N818 - it never leaves this module
    """One try that failed. `wait`: what the server asks for, in seconds; `again`: whether to try again."""

    why: str
    again: bool = True
    wait: float | None = None
    status: int = 0


class EndpointChat(ChatModel):
    """`spec.endpoint` is the base URL ("http://localhost:8000/v1"). `first_wait` seconds pass before the
    second try, twice as many before each further one, unless the server says how long."""

    def __init__(self, spec: ChatSpec, first_wait: float = 1.0) -> None:
        host = check_endpoint(spec.endpoint)
        if not spec.model:
            raise ModelError("Say which model the endpoint is to use, by its name there.")
        self.id = f"{spec.model} at {spec.endpoint.rstrip('/')}"
        self.parallel = max(1, spec.parallel)
        self._model, self._first_wait = spec.model, first_wait
        self._key_name = key_name(host, spec.key_env)
        key = _key(host, self._key_name)
        self._client = InferenceClient(base_url=spec.endpoint, api_key=key or NO_KEY, timeout=spec.timeout)
        self._pace = Pace(spec.per_minute)
        self._probabilities = True

    def ask(self, question: Question) -> Answer:
        """Answer one question, trying again what can be tried again."""
        wait = self._first_wait
        last = _Failure("it was stopped")
        for attempt in range(TRIES):
            if not self._pace.turn():
                raise NoAnswerError("The question was not asked: the run was stopped.")
            try:
                return self._once(question)
            except _Failure as failure:
                last = failure
            if not last.again:
                break
            if last.wait is not None:
                self._pace.hold(last.wait)
            elif attempt + 1 < TRIES:
                self._pace.sleep(wait)
            wait *= 2
        raise self._given_up(last)

    def stop(self) -> None:
        self._pace.stop()

    def _once(self, question: Question) -> Answer:
        judged = question.judged and self._probabilities
        options: dict[str, Any] = {"logprobs": True, "top_logprobs": TOP} if judged else {}
        try:
            reply = self._client.chat_completion(
                messages(question), model=self._model, max_tokens=question.tokens, temperature=0.0,
                seed=question.seed, **options,
            )  # fmt: skip
            return as_answer(reply, judged)
        except InferenceTimeoutError as error:
            raise _Failure("it did not answer in time") from error
        except HfHubHTTPError as error:
            if judged and error.response.status_code in (400, 422):
                self._probabilities = False  # some servers know no log probabilities
                raise _Failure("it gives no probabilities", wait=0.0) from error
            raise _of_status(error) from error
        except UnreadableReplyError as error:
            raise _Failure(f"its reply could not be read ({error})") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _Failure("its reply is no valid JSON") from error
        except Exception as error:  # the HTTP client below huggingface_hub changes from version to version
            raise _Failure(f"the connection failed ({type(error).__name__})") from error

    def _given_up(self, last: _Failure) -> Exception:
        if last.status in UNUSABLE:
            why = UNUSABLE[last.status].format(key=self._key_name)
            return NetworkError(f"{self.id}: {why}. What was answered is kept.")
        return NoAnswerError(f"{self.id} gave no answer: {last.why}.")


def key_name(host: str, asked: str = "") -> str:
    """The environment variable that the key for a host is read from."""
    known = next((name for end, name in KEYS.items() if _belongs(host, end)), OWN_KEY)
    return asked or (known if known in os.environ else OWN_KEY)


def _key(host: str, name: str) -> str | None:
    """From the environment; for Hugging Face's own hosts else from huggingface_hub's token store."""
    if found := os.environ.get(name, "").strip():
        return found
    return get_token() if any(_belongs(host, end) for end in HUB_HOSTS) else None


def _belongs(host: str, end: str) -> bool:
    return host == end or host.endswith("." + end)


def messages(question: Question) -> list[dict[str, Any]]:
    """A question in the form of OpenAI's chat API, pictures as data URLs."""
    content: list[dict[str, Any]] = []
    for part in question.parts:
        if isinstance(part, str):
            content.append({"type": "text", "text": part})
        else:
            url = "data:image/jpeg;base64," + base64.b64encode(part.jpeg).decode()
            content.append({"type": "image_url", "image_url": {"url": url}})
    return [{"role": "system", "content": question.system}, {"role": "user", "content": content}]


def _of_status(error: HfHubHTTPError) -> _Failure:
    response = error.response
    status, said = response.status_code, _first_line(response)
    why = f"it said {status}{f' ({said})' if said else ''}"
    wait = retry_after(response.headers.get("Retry-After"))
    return _Failure(why, status in TRY_AGAIN, wait, status)


def _first_line(response: Any) -> str:
    try:
        return " ".join(response.text.split())[:160]
    except Exception:  # a body that was cut off, or never read
        return ""
