"""Tells a phrase in another language than the prompt asks for. Standard library only.

A concept is a few words, too few for a statistical identification: that takes "taxi" or "baguette" for what
it is not, and a good answer would be lost. So only what cannot be read otherwise counts: another script, and
words of grammar that the language asked for does not have. A bare foreign noun passes.
"""

from __future__ import annotations

import re
import unicodedata

#: Share of the letters that must be of the script.
OF_THE_SCRIPT = 0.7
#: By ISO 639-1 code, words of grammar that stand in no other of these languages, nor in names and loanwords
#: of it ("chili con carne", "sans serif", "los angeles").
GRAMMAR = {
    code: frozenset(words.split())
    for code, words in {
        "en": "the and with without from are being behind between",
        "de": "der dem ein eine einen einem einer und oder mit ohne auf ist sind nicht kein keine für über",
        "fr": "une les avec dans sont aucun aucune cette deux",
        "es": "una unos unas sobre ningún ninguna",
        "it": "gli nella degli delle sono nessun nessuna",
        "pt": "um uma são nenhum nenhuma",
        "nl": "het een zijn geen voor onder boven tussen twee",
    }.items()
}
_WORD = re.compile(r"[^\W\d_]+")


def is_foreign(phrase: str, script: str, language: str) -> bool:
    """Whether `phrase` is in another script ("latin" or "any") or in another language; of a `language` that
    is not known here the script alone is told. A capital may begin a name: only small words count."""
    if script == "latin" and _latin(phrase) < OF_THE_SCRIPT:
        return True
    own = GRAMMAR.get(language, frozenset())
    words = set(_WORD.findall(phrase))
    if not own or own & {word.casefold() for word in words}:
        return False
    others = frozenset().union(*(some for code, some in GRAMMAR.items() if code != language))
    return not others.isdisjoint(words)


def _latin(words: str) -> float:
    letters = [c for c in words if c.isalpha()]
    return sum("LATIN" in unicodedata.name(c, "") for c in letters) / max(len(letters), 1)
