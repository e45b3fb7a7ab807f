"""This machine's processor: its name, and who made it."""

from __future__ import annotations

import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")


def name() -> str:
    """Return the name of the processor."""
    lines = _said(CPUINFO).splitlines()
    models = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def intel(cpuinfo: Path = CPUINFO) -> bool:
    """Tell whether the processor is Intel's."""
    return "GenuineIntel" in (_said(cpuinfo) or platform.processor())


def _said(cpuinfo: Path) -> str:
    return cpuinfo.read_text() if cpuinfo.exists() else ""
