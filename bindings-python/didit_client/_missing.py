"""What to say when the native module, or a framework, does not load."""

from __future__ import annotations


def missing_native(cause: ImportError) -> ImportError:
    """Return the error to raise for `cause`: it names the platform and the real reason."""
    import platform
    import sysconfig
    from pathlib import Path

    folder = Path(__file__).parent
    reason = str(cause)
    # The word is CPython's own too, which refuses interpreters that have a GIL to themselves.
    if "subinterpreters" in reason:
        return ImportError(
            f"didit_client cannot be used in this interpreter: {reason}. Give each application processes of its own, "
            "or run it in the main interpreter (mod_wsgi: WSGIApplicationGroup %{GLOBAL}).",
            name=cause.name,
            path=cause.path,
        )
    if not any(folder.glob("_native*[!i]")):
        # The interpreter's own words speak of a circular import.
        reason = f"there is no file _native.* in {folder} ({cause})"
    interpreter = f"{platform.python_implementation()} {platform.python_version()}"
    return ImportError(
        f"didit_client found no usable native module (didit_client._native) for {interpreter} on "
        f"{sysconfig.get_platform()}: {reason}. Install didit-client again for this interpreter and platform; "
        "where no wheel fits, pip builds it from source and needs stable Rust. There is no pure-Python fallback.",
        name=cause.name,
        path=cause.path,
    )


def missing_framework(cause: ImportError, module: str, name: str, package: str, imported: str = "") -> ImportError:
    """Return the error to raise for `cause` where a module's framework is not installed.

    Args:
        cause: what the import of the framework has raised.
        module: the module of this package that needs it.
        name: the framework's name.
        package: what pip installs.
        imported: what it is imported as, where that is another name.
    """
    if (cause.name or "").partition(".")[0] != (imported or package):
        # It is installed, and something that it needs is not.
        return cause
    return ModuleNotFoundError(f"{module} needs {name}: pip install {package}", name=cause.name)
