"""What is measured as tables grow."""

from benchmarks.probes import PROBES

from exchange_db import accounts, matching, messaging, places, profiles, sales, skills, study

DOMAINS = (accounts, matching, messaging, places, profiles, sales, skills, study)


def test_every_hot_function_is_probed() -> None:
    """A query whose header names the index that it rides is measured with growing tables."""
    hot = {
        function.name
        for domain in DOMAINS
        for function in domain.query.functions
        if any(line.startswith("Rides: ") for line in function.file.header.splitlines())
    }
    once = {"accounts.create_first_superuser"}  # in the life of a database
    assert hot
    assert hot - once <= {probe.function.name for probe in PROBES}


def test_probes_have_names_of_their_own() -> None:
    """Two probes of one function are told apart."""
    assert len({probe.name for probe in PROBES}) == len(PROBES)
