"""Verifies provenance with `pypi-attestations`: the only importer of it. The extra `attestations` brings it along."""

from frazil.errors import ConfigurationError, IntegrityError


def verify_provenance(document: bytes, filename: str, sha256: str) -> None:
    """Check that every attestation of a file was signed by the publisher that stands beside it (PEP 740).

    The roots of trust are those that sigstore ships: nothing is asked of another server. Raises IntegrityError where a
    signature does not hold or is for another file, ConfigurationError without the extra.
    """
    try:
        import pypi_attestations  # noqa: PLC0415 - an extra, and 300 ms
    except ImportError:
        raise ConfigurationError(
            '`provenance = "verify"` needs pypi-attestations', hint="install frazil[attestations], or record only"
        ) from None
    try:
        provenance = pypi_attestations.Provenance.model_validate_json(document)
        distribution = pypi_attestations.Distribution(name=filename, digest=sha256)
    except ValueError as error:
        raise _unverified(filename, str(error).splitlines()[0]) from None
    attestations = [(each.publisher, one) for each in provenance.attestation_bundles for one in each.attestations]
    if not attestations:
        raise _unverified(filename, "there is no attestation in it")
    for publisher, attestation in attestations:
        try:
            attestation.verify(publisher, distribution, offline=True)
        except (pypi_attestations.AttestationError, ValueError) as error:
            raise _unverified(filename, (str(error).splitlines() or ["no reason is given"])[0]) from None


def _unverified(filename: str, why: str) -> IntegrityError:
    return IntegrityError(
        f"the provenance of {filename} does not verify: {why}",
        hint="nothing was written; whoever serves this file says that somebody published it who did not",
    )
