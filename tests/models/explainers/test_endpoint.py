"""Endpoints that misbehave, against a real HTTP server: each fault has one visible result."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from models.explainers.answer_cache import AnswerCache
from models.explainers.answers import read_concept, read_yes
from models.explainers.asking import IN_A_ROW, Asker, Spent
from models.explainers.chat import NoAnswerError, Picture, Question
from models.explainers.endpoint import EndpointChat
from models.explainers.pace import retry_after
from models.explainers.prompts import load_prompt
from studio.domain.concept import ProposalState
from studio.domain.context import Quiet
from studio.domain.errors import Cancelled, ModelError, NetworkError
from studio.domain.specs import ChatSpec

ASK = Question("You name things.", ("What is it?", Picture.of(Image.new("RGB", (4, 4), "red"))), 20)


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONCEPT_STUDIO_API_KEY", "OPENAI_API_KEY", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def says(chat_module: Any) -> Any:
    return chat_module.Says


def endpoint(server: Any, **options: Any) -> EndpointChat:
    return EndpointChat(ChatSpec("m", server.url, **{"timeout": 5.0, "parallel": 1, **options}), 0.01)


def test_pictures_go_as_data_urls_and_tokens_come_back(chat_server: Any) -> None:
    found = endpoint(chat_server).ask(ASK)
    assert (found.text, found.tokens_in, found.tokens_out, found.whole) == ("Concept: dog", 100, 7, True)
    (asked,) = chat_server.asked
    assert asked["model"] == "m"
    assert asked["temperature"] == 0.0
    system, user = asked["messages"]
    assert system == {"role": "system", "content": "You name things."}
    assert user["content"][0] == {"type": "text", "text": "What is it?"}
    assert user["content"][1]["image_url"]["url"].startswith("data:image/jpeg;base64,/9j/")


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500}, {"status": 429}, {"status": 503}, {"body": b"<html>no JSON"}, {"body": b"[1]"},
        {"body": b'{"choices": []}'}, {"text": None}, {"cut": True}, {"wait": 60},
    ],
    ids=str,
)  # fmt: skip
def test_what_passes_is_tried_again(chat_server: Any, says: Any, fault: dict[str, Any]) -> None:
    chat_server.replies(says(**fault), says())
    assert endpoint(chat_server, timeout=2.0 if "wait" in fault else 60.0).ask(ASK).text == "Concept: dog"
    assert len(chat_server.asked) == 2


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"status": 500}, "it said 500"),
        ({"body": b"{"}, "no valid JSON"),
        ({"cut": True}, "connection failed"),
        ({"wait": 60}, "did not answer in time"),
        ({"body": b'{"choices": []}'}, "it holds no choices"),
    ],
    ids=str,
)
def test_what_does_not_pass_is_a_sentence(
    chat_server: Any, says: Any, fault: dict[str, Any], why: str
) -> None:
    chat_server.replies(says(**fault))
    with pytest.raises(NoAnswerError, match=why):
        endpoint(chat_server, timeout=0.2 if "wait" in fault else 60.0).ask(ASK)
    until = time.monotonic() + 60  # the server may read a question when nobody waits for its answer any more
    while len(chat_server.asked) < 6 and time.monotonic() < until:
        time.sleep(0.01)
    assert len(chat_server.asked) == 6


@pytest.mark.parametrize(("status", "why"), [(401, "key"), (402, "payment"), (403, "allow"), (404, "model")])
def test_what_no_patience_helps_ends_the_run_at_once(
    chat_server: Any, says: Any, status: int, why: str
) -> None:
    chat_server.replies(says(status=status))
    with pytest.raises(NetworkError, match=why):
        endpoint(chat_server).ask(ASK)
    assert len(chat_server.asked) == 1


def test_a_question_that_is_refused_for_good_is_not_asked_again(chat_server: Any, says: Any) -> None:
    chat_server.replies(says(status=413))
    with pytest.raises(NoAnswerError, match="413"):
        endpoint(chat_server).ask(ASK)
    assert len(chat_server.asked) == 1


def test_retry_after_is_waited_for(chat_server: Any, says: Any) -> None:
    chat_server.replies(says(status=429, headers={"Retry-After": "0.3"}), says())
    endpoint(chat_server).ask(ASK)
    assert chat_server.at[1] - chat_server.at[0] >= 0.3


def test_retry_after_is_a_number_or_a_date() -> None:
    assert retry_after("3") == 3.0
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert retry_after("99999") == 600.0
    assert (retry_after(None), retry_after("soon"), retry_after("nan")) == (None, None, None)


def test_the_rate_is_kept(chat_server: Any) -> None:
    """Half a second between two: a busy machine may let one come late, and then the next one soon after."""
    chat = endpoint(chat_server, per_minute=120, parallel=4)
    asker(chat, Path(), questions(4), cached=False)
    assert max(chat_server.at) - min(chat_server.at) >= 1.0


def test_no_key_is_sent_unless_it_is_for_this_host(chat_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    endpoint(chat_server).ask(ASK)
    monkeypatch.setenv("CONCEPT_STUDIO_API_KEY", "mine")
    endpoint(chat_server).ask(ASK)
    monkeypatch.setenv("LAB_KEY", "labs")
    endpoint(chat_server, key_env="LAB_KEY").ask(ASK)
    assert chat_server.keys == ["Bearer none", "Bearer mine", "Bearer labs"]


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://a/v1", "http://me:word@host/v1", "http://h/v1?key=1", "http://[x"]
)
def test_addresses_that_are_none_or_hold_a_secret_are_refused(url: str) -> None:
    with pytest.raises(ModelError, match="endpoint"):
        EndpointChat(ChatSpec("m", url))


def test_nobody_there_is_a_sentence() -> None:
    with pytest.raises(NoAnswerError, match="connection failed"):
        EndpointChat(ChatSpec("m", "http://127.0.0.1:9/v1", timeout=1.0), 0.001).ask(ASK)


def test_probabilities_where_the_model_gives_them(chat_server: Any, says: Any) -> None:
    judged = Question("s", ("is it?",), 4, judged=True)
    chat_server.replies(says(text="yes", yes=0.8))
    assert endpoint(chat_server).ask(judged).yes == pytest.approx(0.8)
    assert chat_server.asked[0]["logprobs"] is True
    chat_server.script = lambda _n, body: says(status=400) if "logprobs" in body else says(text="No.")
    chat = endpoint(chat_server)
    found = chat.ask(judged)
    assert (found.yes, read_yes(found)) == (None, 0.0)
    before = len(chat_server.asked)
    chat.ask(judged)
    assert len(chat_server.asked) == before + 1


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ({"text": "Concept: red fruit"}, ProposalState.OK),
        ({"text": "Concept: no visual concept."}, ProposalState.NONE),
        ({"text": "Lorem ipsum\ndolor sit"}, ProposalState.UNPARSABLE),
        ({"text": ""}, ProposalState.UNPARSABLE),
        ({"text": "Concept: " + "a rather long answer about very many different things"}, ProposalState.LONG),
        ({"text": "Concept: red", "finish": "length"}, ProposalState.LONG),
        ({"text": "Concept: 红色的水果"}, ProposalState.FOREIGN),
        ({"text": "I'm sorry, but I can't help with that."}, ProposalState.REFUSED),
        ({"text": None, "refusal": "No."}, ProposalState.REFUSED),
        ({"text": "", "finish": "content_filter"}, ProposalState.REFUSED),
        ({"text": "#$%& 1234 ??"}, ProposalState.UNPARSABLE),
    ],
    ids=str,
)
def test_every_kind_of_answer_has_a_state(
    chat_server: Any, says: Any, reply: dict[str, Any], state: ProposalState
) -> None:
    chat_server.replies(says(**reply))
    found = read_concept(endpoint(chat_server).ask(ASK), load_prompt("image-concept"))
    assert found.state is state
    assert (found.concept is not None) == (state is ProposalState.OK)


def questions(count: int) -> list[tuple[int, Question]]:
    return [(i, Question("s", (f"question {i}",), 5)) for i in range(count)]


def asker(chat: EndpointChat, folder: Path, asked: Any, ctx: Any = None, cached: bool = True) -> Any:
    class NoCache(AnswerCache):
        def get(self, question: Question) -> None: ...
        def put(self, *_: Any) -> None: ...

    cache = (AnswerCache if cached else NoCache)(folder, chat.id)
    made = Asker(chat, cache, Spent(2.0, 10.0))
    return list(made.all(asked, ctx or Quiet())), made.spent


def test_answers_come_in_order_are_counted_and_are_asked_once(
    chat_server: Any, says: Any, tmp_path: Path
) -> None:
    chat_server.script = lambda n, body: says(
        text=body["messages"][1]["content"][0]["text"], wait=0.05 if n % 3 == 0 else 0.0
    )
    found, spent = asker(endpoint(chat_server, parallel=4), tmp_path, questions(9))
    assert [(key, answer.text) for key, answer in found] == [(i, f"question {i}") for i in range(9)]
    assert (spent.asked, spent.cached, spent.tokens_in, spent.tokens_out) == (9, 0, 900, 63)
    assert spent.cost == pytest.approx((900 * 2 + 63 * 10) / 1e6)
    again, spent = asker(endpoint(chat_server), tmp_path, questions(12))
    assert again[:9] == found
    assert (len(chat_server.asked), spent.asked, spent.cached, spent.tokens_in) == (12, 3, 9, 300)


def test_another_model_or_question_is_another_answer(chat_server: Any, tmp_path: Path) -> None:
    asker(endpoint(chat_server), tmp_path, questions(1))
    other = EndpointChat(ChatSpec("other", chat_server.url), 0.01)
    asker(other, tmp_path, questions(1))
    asker(other, tmp_path, [(0, Question("s", ("question 0",), 6))])
    assert len(chat_server.asked) == 3


def test_a_run_that_is_stopped_keeps_its_answers(chat_server: Any, tmp_path: Path) -> None:
    class Stop(Quiet):
        def check(self) -> None:
            if len(chat_server.asked) >= 3:
                raise Cancelled

    with pytest.raises(Cancelled):
        asker(endpoint(chat_server), tmp_path, questions(20), Stop())
    before = len(chat_server.asked)
    assert before < 20
    asker(endpoint(chat_server), tmp_path, questions(20))
    assert len(chat_server.asked) == 20


def test_stopping_does_not_wait_for_the_server(chat_server: Any, says: Any, tmp_path: Path) -> None:
    chat_server.replies(says(status=429, headers={"Retry-After": "500"}))

    class Stop(Quiet):
        def check(self) -> None:
            if chat_server.asked:
                raise Cancelled

    started = time.monotonic()
    with pytest.raises(Cancelled):
        asker(endpoint(chat_server), tmp_path, questions(2), Stop())
    assert time.monotonic() - started < 100  # the server asked for 500 s


def test_an_endpoint_that_is_gone_ends_the_run(chat_server: Any, says: Any, tmp_path: Path) -> None:
    chat_server.script = lambda n, _body: says() if n < 2 else says(status=413)
    with pytest.raises(NetworkError, match=r"in a row.*is kept"):
        asker(endpoint(chat_server), tmp_path, questions(50))
    assert len(chat_server.asked) <= 2 + IN_A_ROW + 2
    chat_server.script = lambda _n, _body: says()
    before = len(chat_server.asked)
    asker(endpoint(chat_server), tmp_path, questions(4))
    assert len(chat_server.asked) == before + 2


def test_a_torn_file_of_the_cache_is_asked_anew(chat_server: Any, tmp_path: Path) -> None:
    asker(endpoint(chat_server), tmp_path, questions(2))
    next(tmp_path.rglob("*.json")).write_text('{"model"')
    asker(endpoint(chat_server), tmp_path, questions(2))
    assert len(chat_server.asked) == 3


def test_no_key_reaches_the_disk(chat_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCEPT_STUDIO_API_KEY", "very-secret")
    asker(endpoint(chat_server), tmp_path, questions(2))
    assert chat_server.keys == ["Bearer very-secret"] * 2
    assert not any(b"very-secret" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
