"""A user's own code, named by a dotted path such as `my_module:MyActivation`."""

from __future__ import annotations

import importlib
import importlib.util
import re
from typing import Any

from activation_lab.errors import UserError

PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


class OwnCodeError(UserError):
    """Something that a user brings and that cannot be used; says why, and where it is."""


def own(name: str) -> bool:
    """Tell whether a name is a dotted path, and not one of a registry."""
    return ":" in name


def source(kind: str, name: str) -> str:
    """Return the file that a dotted path names; `kind` is what it should be, for messages.

    Raises `OwnCodeError` if no module of that name is in the working directory or installed.
    """
    module = name.partition(":")[0]
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError) as error:
        raise OwnCodeError(f"{kind} {name}: {error}") from error
    if spec is None or not spec.origin:
        raise OwnCodeError(
            f"{kind} {name}: there is no module {module}, neither as {module}.py in the working "
            "directory nor installed"
        )
    return spec.origin


def attribute(path: str) -> Any:
    """Return what a dotted path names."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def shape(value: Any) -> str:
    """Return the shape of a tensor as a message shows it; of anything else its type."""
    return str(tuple(getattr(value, "shape", ())) or type(value).__name__)


def where(error: BaseException) -> str:
    """Return an error with the file and line it comes from."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f" ({last.tb_frame.f_code.co_filename}, line {last.tb_lineno})" if last else ""
    return f"{type(error).__name__}: {error}{place}"
