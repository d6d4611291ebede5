"""Where Terraform's AWS provider lies on this machine, so that nothing is fetched over the network."""

from __future__ import annotations

import shutil
from pathlib import Path

_SOURCE = "registry.terraform.io/hashicorp/aws"
# The last two are where Terraform looks by itself.
_PLACES = ("/opt/*", "~/.terraform.d/plugins", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins")


def find_provider() -> Path | None:
    """The provider's program in a filesystem mirror; None without one, or without Terraform itself."""
    if shutil.which("terraform") is None:
        return None
    for place in _PLACES:
        folder = Path(place).expanduser()
        for program in folder.parent.glob(f"{folder.name}/{_SOURCE}/*/*/terraform-provider-aws*"):
            return program
    return None


def mirror_settings(provider: Path) -> str:
    """Terraform's own settings with which it takes the provider from its mirror and asks nobody else."""
    mirror = provider.parents[len(_SOURCE.split("/")) + 2]
    return f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror.as_posix()}"\n  }}\n}}\n'
