"""What a build says, told to a student: the step, and the words that matter."""

from __future__ import annotations

import time

import pytest

from steiger.buildlog import Log

# As Docker 26.1 and 20.10 really said it.
SAID = {
    "a command that fails": (
        """\
#4 [1/3] FROM docker.io/library/python:slim
#4 CACHED
#5 [2/3] RUN pip install nosuch
#5 0.901 ERROR: Could not find a version that satisfies the requirement nosuch (from versions: none)
#5 0.902 ERROR: No matching distribution found for nosuch
#5 ERROR: process "/bin/sh -c pip install nosuch" did not complete successfully: exit code: 1
------
 > [2/3] RUN pip install nosuch:
0.901 ERROR: Could not find a version that satisfies the requirement nosuch (from versions: none)
0.902 ERROR: No matching distribution found for nosuch
------
Dockerfile:2
--------------------
   1 |     FROM python:slim
   2 | >>> RUN pip install nosuch
   3 |
--------------------
ERROR: failed to solve: process "/bin/sh -c pip install nosuch" did not complete successfully: exit code: 1
""",
        ("RUN pip install nosuch", "ERROR: No matching distribution found for nosuch"),
    ),
    "the same, of Docker 20.10": (
        """\
#5 [2/3] RUN pip install nosuch
#5 0.901 ERROR: No matching distribution found for nosuch
#5 ERROR: executor failed running [/bin/sh -c pip install nosuch]: exit code: 1
------
 > [2/3] RUN pip install nosuch:
#5 0.901 ERROR: No matching distribution found for nosuch
------
ERROR: failed to solve: executor failed running [/bin/sh -c pip install nosuch]: exit code: 1
""",
        ("RUN pip install nosuch", "ERROR: No matching distribution found for nosuch"),
    ),
    "a command that fails without a word": (
        """\
#5 [2/2] RUN false
#5 ERROR: process "/bin/sh -c false" did not complete successfully: exit code: 1
------
 > [2/2] RUN false:
------
ERROR: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1
""",
        ("RUN false", 'process "/bin/sh -c false" did not complete successfully: exit code: 1'),
    ),
    "a file that is not there": (
        """\
#6 [2/2] COPY nope.py .
#6 ERROR: failed to calculate checksum of ref 8a5b::9c: "/nope.py": not found
------
 > [2/2] COPY nope.py .:
------
ERROR: failed to solve: failed to compute cache key: failed to calculate checksum of ref 8a5b::9c: "/nope.py": not found
""",
        ("COPY nope.py .", '"/nope.py": not found'),
    ),
    "a folder that is not there": (
        """\
------
 > [2/2] COPY ferry/app.py ./:
------
ERROR: failed to solve: failed to compute cache key: failed to calculate checksum: failed to walk /var/lib/docker/tmp/buildkit-mount1945222156/ferry: lstat /var/lib/docker/tmp/buildkit-mount1945222156/ferry: no such file or directory
""",
        ("COPY ferry/app.py ./", "failed to walk ferry: lstat ferry: no such file or directory"),
    ),
    "no Dockerfile language": (
        (
            "#1 [internal] load build definition from Dockerfile\n#1 DONE 0.0s\n"
            "ERROR: failed to solve: dockerfile parse error on line 1: unknown instruction: FORM (did you mean FROM?)\n"
        ),
        ("", "dockerfile parse error on line 1: unknown instruction: FORM (did you mean FROM?)"),
    ),
    "the same, of Docker 20.10 ": (
        (
            "ERROR: failed to solve: rpc error: code = Unknown desc = failed to solve with frontend dockerfile.v0: "
            "failed to create LLB definition: dockerfile parse error line 1: unknown instruction: FORM\n"
        ),
        ("", "dockerfile parse error line 1: unknown instruction: FORM"),
    ),
    "a base that is not there": (
        """\
#2 [internal] load metadata for docker.io/library/pyhton:slim
#2 ERROR: failed to do request: dial tcp: lookup registry-1.docker.io: no such host
------
 > [internal] load metadata for docker.io/library/pyhton:slim:
------
ERROR: failed to solve: pyhton:slim: failed to resolve source metadata for docker.io/library/pyhton:slim: no such host
""",
        (
            "load metadata for docker.io/library/pyhton:slim",
            "pyhton:slim: failed to resolve source metadata for docker.io/library/pyhton:slim: no such host",
        ),
    ),
    "words of buildx alone": ("ERROR: no builder\n", ("", "no builder")),
    "no error at all": ("hm\nwhat now\n", ("", "what now")),
    "nothing": ("", ("", "")),
}


@pytest.mark.parametrize("case", SAID)
@pytest.mark.parametrize("size", [1, 7, 10**6])
def test_why_a_build_failed(case: str, size: int) -> None:
    said, reason = SAID[case]
    raw = said.encode()
    log = Log()
    for start in range(0, len(raw), size):
        log.add(raw[start : start + size])
    assert log.reason() == reason


def test_at_which_step_a_build_was_stopped() -> None:
    log = Log()
    assert log.at() == ""
    log.add(
        b"#1 [internal] load build definition from Dockerfile\n#1 DONE 0.1s\n#4 [1/3] FROM docker.io/library/x\n#4 CACHED\n"
    )
    assert log.at() == ""
    log.add(b"#5 [2/3] RUN sleep 9999\n#5 0.1 [3/3] not a step\n#5 1.1 #5 DONE\n")
    assert log.at() == "RUN sleep 9999"
    log.add(b"#5 CANCELED\n#6 [3/3] COPY")
    assert log.at() == ""
    log.add(b" . .\n")
    assert log.at() == "COPY . ."


def test_output_without_an_end_is_kept_in_part() -> None:
    log = Log()
    begun = time.monotonic()
    log.add(b"#5 [2/2] RUN yes\n")
    for _ in range(300):
        log.add(b"#5 0.1 y\n" * 7000)
        log.add(b"y" * 65536)
    assert time.monotonic() - begun < 10
    assert log.at() == "RUN yes"
    assert len(log._tail) <= 65536  # noqa: SLF001 - that is what must hold
    assert len(log._rest) <= 4096  # noqa: SLF001
