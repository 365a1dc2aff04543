"""The instruments: read and held to what they were published with, inspected, described as JSON Schemas."""

from assessment.content.instruments.measures import read_measures
from assessment.content.instruments.reading import read_instrument, read_instruments

__all__ = ["read_instrument", "read_instruments", "read_measures"]
