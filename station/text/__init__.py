"""Every text a person reads or hears, in every language of the station."""

from station.text.catalogue import Catalogue, languages

__all__ = ["Catalogue", "languages"]
