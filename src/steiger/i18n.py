"""Dutch or English, chosen once a run, with gettext's catalogues."""

import gettext
from collections.abc import Mapping
from pathlib import Path

LANGUAGES = ("en", "nl")
LOCALE_DIR = Path(__file__).with_name("locale")

_current: gettext.NullTranslations = gettext.NullTranslations()
_language = "en"


def preferred_language(environment: Mapping[str, str]) -> str:
    """Return "nl" or "en" from LANGUAGE, LC_ALL, LC_MESSAGES or LANG, in gettext's order.

    A language that Steiger does not speak counts as English.
    """
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        chosen = environment.get(name, "")
        if chosen:
            return "nl" if chosen.split(":")[0].lower().startswith("nl") else "en"
    return "en"


def use(language: str) -> None:
    """Speak this language ("nl" or "en") from now on."""
    global _current, _language  # noqa: PLW0603
    _language = language
    _current = gettext.translation("steiger", LOCALE_DIR, [language], fallback=True)


def language() -> str:
    """Return the language in use: "nl" or "en"."""
    return _language


def _(message: str) -> str:
    """Return the message in the language in use."""
    return _current.gettext(message)
