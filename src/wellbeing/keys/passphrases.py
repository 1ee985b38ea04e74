"""Ask for a passphrase: at a prompt, never as an argument and never in the environment, where others can read it."""

import getpass
import warnings

from wellbeing.errors import UsageError
from wellbeing.texts import say

#: Fewest characters of a new passphrase (NIST SP 800-63B, section 5.1.1: at least eight where it is memorised).
SHORTEST = 8


def ask(file: str) -> str:
    """Ask for the passphrase of a key file that is there.

    Raises
    ------
    UsageError
        If nobody can be asked.
    """
    return _prompt(say("keys.ask", file=file))


def ask_new(file: str) -> str:
    """Ask twice for the passphrase of a new key file.

    Raises
    ------
    UsageError
        If nobody can be asked, the two differ, or it is too short.
    """
    chosen = _prompt(say("keys.ask_new", file=file, shortest=SHORTEST))
    if len(chosen) < SHORTEST or len(set(chosen)) == 1:
        raise UsageError("passphrase_short", shortest=SHORTEST)
    if _prompt(say("keys.ask_again", file=file)) != chosen:
        raise UsageError("passphrases_differ")
    return chosen


def ask_password(text: str) -> str:
    """Ask for a password that is no key's, with the caller's own words.

    Raises
    ------
    UsageError
        If nobody can be asked.
    """
    return _prompt(text)


def _prompt(text: str) -> str:
    with warnings.catch_warnings():
        # Where there is no terminal getpass reads standard input, and says so in English.
        warnings.simplefilter("ignore", getpass.GetPassWarning)
        try:
            return getpass.getpass(text + " ")
        except EOFError:
            raise UsageError("no_passphrase") from None
