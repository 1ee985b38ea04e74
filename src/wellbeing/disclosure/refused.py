"""A refusal for the sake of disclosure control, said in the user's language."""

from wellbeing.errors import DisclosureError
from wellbeing.texts import current_language, say


class Refused(DisclosureError):
    """What may not be done with a release now; its sentence stands in ``texts/errors.yaml``.

    Parameters
    ----------
    key : str
        Of the sentence.
    **fields : str or int
        Its values. One that starts with ``release.`` is itself the key of a word.
    """

    def __init__(self, key: str, **fields: str | int) -> None:
        super().__init__(key)
        self.key, self.fields = key, fields

    def message(self, lang: str | None = None) -> str:
        spoken = lang or current_language()
        words = {
            name: say(value, spoken) if isinstance(value, str) and value.startswith("release.") else value
            for name, value in self.fields.items()
        }
        return say(f"errors.{self.key}", spoken, **words)

    def __str__(self) -> str:
        return self.message()
