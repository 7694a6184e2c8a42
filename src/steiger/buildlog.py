"""What a build says: which steps it is at, and why it failed, in words for a student."""

import re

_KEPT_OUTPUT = 64 * 1024
_KEPT_LINE = 4096
_STEP = re.compile(r"#(\d+) (\[.+)")
_STEP_ENDED = re.compile(r"#(\d+) (?:DONE|CACHED|ERROR|CANCELED)\b")
_WHICH = re.compile(r"^\[[^\]]*\] ")
_EXCERPT = re.compile(r"^ > (?:\[[^\]]*\] )?(.*):$")
_RULE = re.compile(r"^-{4,}$")
_STAMP = re.compile(r"^(?:#\d+ )?\d+\.\d+ ")
_FINAL = re.compile(r"^(?:ERROR|error): ?(.+)$")
# Where in the engine it went wrong is not what a student can mend.
_BORING = re.compile(
    r"failed to solve: |rpc error: code = \w+ desc = |failed to solve with frontend \S+: |failed to create LLB definition: "
    r"|failed to build LLB: |failed to compute cache key: |failed to calculate checksum(?: of ref [^\"]*\S)?: "
    r"|/var/lib/docker/tmp/buildkit-mount\d+/?"
)


class Log:
    """What a build says, bounded: its last lines, and which steps it is at."""

    def __init__(self) -> None:
        self._tail = b""
        self._rest = b""
        self._open: dict[str, str] = {}

    def add(self, piece: bytes) -> None:
        """Take in what was said next."""
        self._tail = (self._tail + piece)[-_KEPT_OUTPUT:]
        *lines, rest = (self._rest + piece).split(b"\n")
        self._rest = rest[:_KEPT_LINE]
        for raw in lines:
            line = raw[:_KEPT_LINE].decode(errors="replace").rstrip("\r")
            if ended := _STEP_ENDED.match(line):
                self._open.pop(ended[1], None)
            elif step := _STEP.fullmatch(line):
                self._open[step[1]] = step[2]

    def at(self) -> str:
        """Return the step that had not ended."""
        return _WHICH.sub("", list(self._open.values())[-1]) if self._open else ""

    def reason(self) -> tuple[str, str]:
        """Return the step that failed and the last that was said: by the command in it, or else by the engine."""
        lines = self._tail.decode(errors="replace").splitlines()
        step, said = "", ""
        inside = False
        for line in lines:
            if heading := _EXCERPT.match(line):
                step, said, inside = heading[1], "", True
            elif _RULE.match(line):
                inside = False
            elif inside and (words := _STAMP.sub("", line).strip()):
                said = words
        finals = [match[1] for line in lines if (match := _FINAL.match(line))]
        final = _BORING.sub("", finals[-1]) if finals else (lines or [""])[-1]
        return step or self.at(), said or final
