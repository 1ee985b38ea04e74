"""A made-up county with known properties, the same for the same seed.

`places` invents the schools, `model` the answers, `exports` writes them as the platform would, `county` puts
them together and plants what tests and the demo look for. Nobody in it exists.
"""

from wellbeing.synthetic.county import County, Planted, make_county
from wellbeing.synthetic.exports import export_rows, write_rows

__all__ = ["County", "Planted", "export_rows", "make_county", "write_rows"]
