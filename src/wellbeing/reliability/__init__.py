"""How well a scale measures here: consistency, error of measurement, floor and ceiling, item curves."""

from wellbeing.reliability.alpha import Consistency as Consistency
from wellbeing.reliability.alpha import consistency as consistency
from wellbeing.reliability.alpha import cronbach_alpha as cronbach_alpha
from wellbeing.reliability.alpha import feldt_interval as feldt_interval
from wellbeing.reliability.item_curves import item_curves as item_curves
from wellbeing.reliability.omega import Omega as Omega
from wellbeing.reliability.omega import bootstrap_omega as bootstrap_omega
from wellbeing.reliability.omega import omega as omega
from wellbeing.reliability.omega import omega_of as omega_of
