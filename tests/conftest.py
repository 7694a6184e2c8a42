"""What all tests share."""

from __future__ import annotations

from pathlib import Path

import ansible.module_utils

ROOT = Path(__file__).parent.parent

# Modules import `ansible.module_utils.NAME`, as Ansible finds ours there when it runs them.
ansible.module_utils.__path__.append(str(ROOT / "plugins" / "module_utils"))
