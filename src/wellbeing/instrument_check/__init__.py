"""How well does an instrument measure here? What the researchers' notebook asks, one call a question."""

from wellbeing.instrument_check.answers import KeyedAnswers as KeyedAnswers
from wellbeing.instrument_check.answers import answers_of_file as answers_of_file
from wellbeing.instrument_check.answers import answers_of_waves as answers_of_waves
from wellbeing.instrument_check.check import InstrumentCheck as InstrumentCheck
from wellbeing.instrument_check.check import check_instrument as check_instrument
