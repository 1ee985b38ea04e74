"""Confirmatory factor models by maximum likelihood, over one group or several with equality constraints."""

from wellbeing.factor_models.comparison import MeanComparison as MeanComparison
from wellbeing.factor_models.comparison import NotComparable as NotComparable
from wellbeing.factor_models.comparison import compare_means as compare_means
from wellbeing.factor_models.fit import FactorFit as FactorFit
from wellbeing.factor_models.fit import Indices as Indices
from wellbeing.factor_models.fit import fit_factors as fit_factors
from wellbeing.factor_models.invariance import Invariance as Invariance
from wellbeing.factor_models.invariance import Step as Step
from wellbeing.factor_models.invariance import invariance as invariance
from wellbeing.factor_models.parameters import LEVELS as LEVELS
from wellbeing.factor_models.structure import Structure as Structure
from wellbeing.factor_models.structure import bifactor as bifactor
from wellbeing.factor_models.structure import correlated_factors as correlated_factors
from wellbeing.factor_models.structure import one_factor as one_factor
