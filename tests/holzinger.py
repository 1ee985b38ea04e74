"""Moments of nine mental tests of 301 pupils in two schools: what a factor model by maximum likelihood rests on.

Holzinger and Swineford 1939, A Study in Factor Analysis; the nine tests and units of the data set of that name in R's
lavaan 0.6-14. Covariances are divided by the number of pupils.
"""

import numpy as np
import pandas as pd

TESTS = tuple(f"x{number}" for number in range(1, 10))
FACTORS = {"visual": TESTS[:3], "textual": TESTS[3:6], "speed": TESTS[6:]}

#: School: number of pupils, means, lower triangle of the covariances row by row.
MOMENTS = {
    "Grant-White": (
        145,
        [4.92988506, 6.2, 1.99568966, 3.31724138, 4.71206897, 2.46896552, 3.92083958, 5.48827586, 5.32720306],
        [
            1.31864711,
            0.414310343,
            1.22637931,
            0.533749506,
            0.478448276,
            1.07336504,
            0.439867879,
            0.283103444,
            0.380965122,
            1.25721231,
            0.411133571,
            0.204568966,
            0.344233056,
            0.933297661,
            1.34166468,
            0.412027635,
            0.243891629,
            0.407070665,
            0.906397142,
            0.898083913,
            1.28014172,
            0.123285251,
            0.0757271413,
            0.079681283,
            0.241304865,
            0.302994366,
            0.208295064,
            1.06179961,
            0.369522786,
            0.194586207,
            0.258570155,
            0.121765356,
            0.239727705,
            0.14337999,
            0.632835036,
            1.09437979,
            0.573133396,
            0.281398467,
            0.395735072,
            0.361459462,
            0.42227705,
            0.31524489,
            0.441901869,
            0.566652269,
            1.05104799,
        ],
    ),
    "Pasteur": (
        156,
        [4.94123931, 5.98397436, 2.48717949, 2.82264958, 3.99519231, 1.92216117, 4.43227425, 5.56314103, 5.41773504],
        [
            1.39522952,
            0.402103192,
            1.50374959,
            0.620106704,
            0.476757684,
            1.34578916,
            0.567926346,
            0.088503996,
            0.164660037,
            1.31968642,
            0.471939717,
            0.142551159,
            0.0664447732,
            1.07980974,
            1.70790958,
            0.497562885,
            0.194036463,
            0.222101882,
            0.755120769,
            0.933920644,
            0.974448703,
            0.0461643869,
            -0.203844546,
            -0.0246977111,
            0.321554394,
            0.170904884,
            0.219107195,
            1.16992003,
            0.165195251,
            0.0385118754,
            0.151610782,
            0.146988683,
            0.151505486,
            0.205647428,
            0.426092046,
            0.951990775,
            0.351143028,
            0.218678097,
            0.332078335,
            0.155163359,
            0.208427502,
            0.186184099,
            0.287225515,
            0.352425419,
            0.977553066,
        ],
    ),
}


def pupils() -> tuple[pd.DataFrame, pd.Series]:
    """Make answers that have exactly these moments, and the school of each."""
    rng = np.random.default_rng(1939)
    frames = []
    for n, means, triangle in MOMENTS.values():
        covariance = np.zeros((len(TESTS), len(TESTS)))
        covariance[np.tril_indices(len(TESTS))] = triangle
        covariance += np.tril(covariance, -1).T
        drawn = rng.normal(size=(n, len(TESTS)))
        drawn -= drawn.mean(axis=0)
        whitened = drawn @ np.linalg.inv(np.linalg.cholesky(np.cov(drawn, rowvar=False, bias=True))).T
        frames.append(pd.DataFrame(whitened @ np.linalg.cholesky(covariance).T + means, columns=list(TESTS)))
    schools = np.repeat(list(MOMENTS), [len(frame) for frame in frames])
    return pd.concat(frames, ignore_index=True), pd.Series(schools, name="school")
