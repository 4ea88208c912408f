"""Numbers with their units, as a person reads them: sizes, times, counts."""

_SIZES = ("kB", "MB", "GB", "TB", "PB", "EB")


def size(count: int) -> str:
    """Say a number of bytes in decimal units: `812 bytes`, `98.2 kB`, `412 MB`."""
    if count < 1000:
        return counted(count, "byte")
    value = float(count)
    for unit in _SIZES:
        value /= 1000
        # 999.6 would be shown as 1000: the next unit says it better.
        if value < 999.5 or unit == _SIZES[-1]:
            break
    return f"{value:.0f} {unit}" if value >= 99.95 else f"{value:.1f} {unit}"


def grouped(count: int) -> str:
    """Write a number with spaces between thousands, where there are five digits or more."""
    return f"{count:,}".replace(",", " ") if abs(count) >= 10000 else str(count)


def duration(seconds: float) -> str:
    """Say a time: `17 ms`, `0.21 s`, `1.9 s`, `41 s`, `2 min 5 s`, `1 h 4 min`."""
    if seconds < 0.0995:
        return f"{max(0.0, seconds) * 1000:.0f} ms"
    if seconds < 0.995:
        return f"{seconds:.2f} s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def phase_duration(seconds: float) -> str:
    """Say a time within a run: whole milliseconds below a second, so that phases compare at a glance."""
    return f"{max(0.0, seconds) * 1000:.0f} ms" if seconds < 0.9995 else duration(seconds)


def counted(count: int, one: str, many: str | None = None) -> str:
    """Say how many: `1 artifact`, `301 artifacts`."""
    return f"{grouped(count)} {one if count == 1 else many or one + 's'}"
