"""A wave for research: read with its labels, described in a codebook, written for other programs.

`waves` reads one wave, `variables` says what each column is, `codebook` describes the wave, `exports` writes it for
SPSS, Stata, Parquet and R. All of it holds a row per person and stays in the working zone; what is public is made from
a `Release` alone, in `public_use`.
"""

from wellbeing.research_data.codebook import write_codebook as write_codebook
from wellbeing.research_data.exports import write_data as write_data
from wellbeing.research_data.public_use import write_public_use as write_public_use
from wellbeing.research_data.waves import Wave as Wave
from wellbeing.research_data.waves import read_wave as read_wave
