"""What playbooks/remove.yml leaves: what there was before."""

from __future__ import annotations

from tools.compare_states import differences

SHOWN = 60


def test_nothing_is_lost_and_nothing_of_ours_is_left(
    before: dict[str, dict[str, str]], after: dict[str, dict[str, str]]
) -> None:
    found = differences(before, after)
    assert not found, "\n".join([*found[:SHOWN], f"{len(found)} differences"])
