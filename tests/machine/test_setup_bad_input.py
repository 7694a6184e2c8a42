"""./setup on a plain machine where something is in the way: one line, exit status 2, nothing half done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess

    from tests.machine.conftest import Machine, Machines

CHECKOUT = "/root/steiger"
SETUP = f"cd {CHECKOUT} && ./setup"
# A package whose installation takes its time, for a dpkg that holds apt's lock.
SLOW_PACKAGE = r"""
mkdir -p /root/slow/DEBIAN
printf 'Package: slow\nVersion: 1\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: slow\n' > /root/slow/DEBIAN/control
printf '#!/bin/sh\nsleep %s\n' {seconds} > /root/slow/DEBIAN/preinst
chmod 755 /root/slow/DEBIAN/preinst
dpkg-deb --build /root/slow /root/slow.deb > /dev/null
nohup dpkg --install /root/slow.deb > /dev/null 2>&1 < /dev/null &
until grep -q "^slow$" /proc/[0-9]*/comm 2> /dev/null || pgrep -f slow.deb > /dev/null; do sleep 0.1; done
sleep 0.5
"""


@pytest.fixture
def plain(machines: Machines) -> Machine:
    """Return a plain machine with the checkout, and a user `anna` who may do nothing."""
    machine = machines.launch()
    machine.put_checkout()
    machine.ok(
        "useradd --create-home --shell /bin/bash anna && cp -a /root/steiger /home/anna/ && chown -R anna: /home/anna"
    )
    return machine


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """Return the line with which ./setup gave up, whose exit status has to be 2."""
    assert done.returncode == 2, f"{done.returncode}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr.splitlines()[0]


def assert_untouched(machine: Machine) -> None:
    """Nothing of ours is there that a student could run into."""
    assert machine.run("ls /opt/steiger /usr/local/bin/lab").returncode != 0
    assert machine.ok("ls -A /tmp /opt | grep steiger || true") == ""


def test_a_user_who_may_not_use_sudo_is_told_so(plain: Machine) -> None:
    done = plain.run("cd steiger && ./setup", user="anna")
    assert refusal(done) == "anna may not use sudo here: become root, or ask whoever manages this machine."
    assert_untouched(plain)


def test_where_there_is_no_sudo_the_way_to_root_is_told(plain: Machine) -> None:
    plain.ok("mv $(command -v sudo) /root/")
    done = plain.run("cd steiger && LANG=nl_NL.UTF-8 ./setup", user="anna")
    assert refusal(done) == "Hiervoor is root nodig, en sudo is er niet: word root met su - en draai ./setup opnieuw."
    assert_untouched(plain)


def test_without_a_network_it_gives_up(plain: Machine) -> None:
    plain.cut_network()
    done = plain.run(SETUP)
    assert refusal(done).startswith("The network does not answer: nothing tells the address of ")
    assert "/var/log/steiger/setup.log" in done.stderr
    assert plain.ok("stat -c %a /var/log/steiger/setup.log").strip() == "600"
    assert_untouched(plain)


def test_it_waits_for_apt_says_for_whom_and_then_gives_up(plain: Machine) -> None:
    plain.ok(SLOW_PACKAGE.format(seconds=30))
    done = plain.run(SETUP, env={"STEIGER_APT_WAIT": "2"})
    assert "waiting for at most 2 s" in done.stdout
    line = refusal(done)
    assert line.startswith("apt is still in use after 2 s, by process ")
    assert "(dpkg --install /root/slow.deb)" in line
    assert_untouched(plain)


def test_a_second_one_at_the_same_time_is_refused(plain: Machine) -> None:
    plain.ok(SLOW_PACKAGE.format(seconds=30))
    plain.ok(f"{SETUP} > /root/first 2>&1 < /dev/null & until grep -q waiting /root/first; do sleep 0.1; done")
    done = plain.run(SETUP)
    first = plain.ok("cat /run/steiger-setup.lock").strip()
    assert refusal(done) == f"Another ./setup is at work here (process {first}). Wait until it is done."


def test_too_little_room_is_told_before_anything_is_done(plain: Machine) -> None:
    plain.ok("mount -t tmpfs -o size=50m tmpfs /opt")
    done = plain.run(SETUP)
    assert refusal(done) == "Only 50 MB is free on /opt and 300 MB is needed: make room and run ./setup again."
    assert_untouched(plain)


def test_a_disk_that_fills_up_half_way_is_named(plain: Machine) -> None:
    plain.ok("mount -t tmpfs -o size=400m,nr_inodes=1500 tmpfs /opt")
    done = plain.run(SETUP)
    # What failed may have taken its files away before anybody can look.
    assert refusal(done) in (
        "No file can be made any more in /opt (df -i /opt shows its inodes): remove some and run ./setup again.",
        "There is no room left for the files of this step: make room (df -h and df -i show where) and run ./setup again.",
    )
    assert plain.run("ls /usr/local/bin/lab").returncode != 0


def test_a_command_of_the_users_own_called_lab_stays(plain: Machine) -> None:
    plain.write("/usr/local/bin/lab", "#!/bin/sh\necho mine\n", mode="0755")
    done = plain.run(SETUP)
    assert (
        refusal(done)
        == "/usr/local/bin/lab is there already and is not of Steiger: move it away and run ./setup again."
    )
    assert plain.ok("lab") == "mine\n"


def test_a_system_that_is_not_supported_is_named(plain: Machine) -> None:
    plain.ok("sed -i s/VERSION_ID=.*/VERSION_ID=11/ $(readlink -f /etc/os-release)")
    assert refusal(plain.run(SETUP)).endswith(
        "Steiger works on Debian 12 and 13; Ubuntu 24.04 and 26.04 are accepted, and not tried yet."
    )
    assert_untouched(plain)
