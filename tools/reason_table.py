"""What apt, dpkg, pip and uv say when they fail, and the sentence that each of it means: data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """A text to look for, and the line that says it to a student.

    The groups of `pattern` and what `reasons` adds to them fill the braces of the sentences. `look` names what has to
    be looked at on this machine first, "" when the text alone is enough; a line that a look alone decides is in SEEN.
    """

    key: str
    pattern: str
    en: str = ""
    nl: str = ""
    look: str = ""


# In order: the first that is found counts, so what is the cause of another stands above it.
REASONS = (
    Reason(
        "room",
        r"enough free space in (?P<place>/\S+?)\.?(?:\s|$)",
        "There is too little room in {place}: make room (df -h {place} shows how much there is) and run ./setup again.",
        "Er is te weinig ruimte in {place}: maak ruimte (df -h {place} laat zien hoeveel er is) en draai ./setup opnieuw.",
    ),
    Reason(
        "full",
        r"(?:(?<![\w:/])(?P<place>/\w\S*)[^\n/]{0,60}\(28: )?(?:No space left on device|os error 28\b)(?:: '(?P<place2>/[^'\n]+)')?",
        "There is no room left for {place}: make room (df -h and df -i show where) and run ./setup again.",
        "Er is geen ruimte meer voor {place}: maak ruimte (df -h en df -i laten zien waar) en draai ./setup opnieuw.",
    ),
    Reason(
        "quota",
        r"[Qq]uota exceeded|os error 122\b",
        "A quota on this machine is used up: make room (quota and df -h show where) and run ./setup again.",
        "Een quotum op deze machine is op: maak ruimte (quota en df -h laten zien waar) en draai ./setup opnieuw.",
    ),
    Reason(
        "readonly",
        r"(?:(?<![\w:/])(?P<place>/\w\S*)[^\n/]{0,60}\(30: )?Read-only file system(?:: '(?P<place2>/[^'\n]+)')?",
        "A file system is read-only (findmnt shows which are), so {place} cannot be written. Make it writable and run ./setup again.",
        "Een bestandssysteem is alleen-lezen (findmnt laat zien welk), dus {place} is niet te schrijven. Maak het beschrijfbaar en draai ./setup opnieuw.",
    ),
    Reason(
        "memory",
        r"Cannot allocate memory|\bMemoryError\b|std::bad_alloc",
        "This machine has no memory left: end some programs (free -h shows how much there is) and run ./setup again.",
        "Het geheugen van deze machine is op: sluit programma's (free -h laat zien hoeveel er is) en draai ./setup opnieuw.",
    ),
    Reason(
        "split",
        r"Splitting up \S+ into data and signature failed|Couldn't create temp(?:orary )?file|Unable to mkstemp (?P<place>\S+)",
        "apt cannot write its temporary files: see to the room and the rights of /tmp (df -h /tmp, ls -ld /tmp) and run ./setup again.",
        "apt kan zijn tijdelijke bestanden niet schrijven: kijk naar de ruimte en de rechten van /tmp (df -h /tmp, ls -ld /tmp) en draai ./setup opnieuw.",
    ),
    Reason(
        "lock",
        r"Could not get lock \S+ It is held by process (?P<process>\d+ \([^)\n]+\)|\d+)",
        "apt is in use by process {process}. Let it finish, then run ./setup again.",
        "apt is in gebruik door proces {process}. Laat dat klaar zijn en draai ./setup opnieuw.",
    ),
    Reason(
        "locked",
        r"E: (?:Could not get lock|Unable to acquire the dpkg frontend lock)",
        "apt is in use by another program. Let it finish, then run ./setup again.",
        "apt is in gebruik door een ander programma. Laat dat klaar zijn en draai ./setup opnieuw.",
    ),
    Reason(
        "early",
        r"Release file for (?P<url>\S+) is not valid yet \(invalid for another (?P<span>[^)\n]+)\)",
        look="clock",
    ),
    Reason("early", r"(?P<url>https?://\S+?)[ :][^\n]*?Not live until (?P<until>\d{4}-[-\d:T]+Z)", look="clock"),
    Reason("late", r"Release file for (?P<url>\S+) is expired \(invalid since (?P<span>[^)\n]+)\)", look="clock"),
    Reason(
        "certificate_early",
        r"certificate (?:is )?not (?:yet valid|valid yet)|[Nn]ot yet activated|\bNotValidYet\b",
        "By the clock of this machine ({now}) a certificate on the network is not valid yet. If that is not the time: {set_clock}, then run ./setup again.",
        "Volgens de klok van deze machine ({now}) is een certificaat op het netwerk nog niet geldig. Klopt die tijd niet? {set_clock}, en draai ./setup opnieuw.",
    ),
    Reason(
        "certificate_late",
        r"certificate (?:has )?expired|certificate chain uses expired|\(?invalid peer certificate: Expired",
        "By the clock of this machine ({now}) a certificate on the network is no longer valid. If that is not the time: {set_clock}; if it is, tell whoever manages the network. Then run ./setup again.",
        "Volgens de klok van deze machine ({now}) is een certificaat op het netwerk niet meer geldig. Klopt die tijd niet? {set_clock}. Klopt die wel? Meld het bij wie het netwerk beheert. Draai daarna ./setup opnieuw.",
    ),
    Reason(
        "bundle",
        r"Could not find a suitable TLS CA certificate bundle, invalid path: (?P<place>\S+)",
        "The file with certificates {place} is not there. SSL_CERT_FILE, REQUESTS_CA_BUNDLE or PIP_CERT names it: correct that and run ./setup again.",
        "Het bestand met certificaten {place} is er niet. SSL_CERT_FILE, REQUESTS_CA_BUNDLE of PIP_CERT noemt het: verbeter dat en draai ./setup opnieuw.",
    ),
    Reason(
        "certificate",
        r"CERTIFICATE_VERIFY_FAILED|certificate verif\w+ failed|UnknownIssuer|invalid peer certificate|certificate is NOT trusted",
        "A certificate on the network is not trusted. If your school inspects traffic: put its certificate (.crt) in /usr/local/share/ca-certificates, run update-ca-certificates as root, then ./setup again.",
        "Een certificaat op het netwerk wordt niet vertrouwd. Kijkt je school mee met het verkeer? Zet dan haar certificaat (.crt) in /usr/local/share/ca-certificates, draai als root update-ca-certificates en daarna ./setup opnieuw.",
    ),
    Reason(
        "proxy_login",
        r"407 +Proxy Authentication Required|proxy authorization required",
        "The proxy wants a name and a password (407): put them in its address, http://NAME:PASSWORD@HOST:PORT, where http_proxy, https_proxy or Acquire::http::Proxy in /etc/apt/apt.conf.d sets it, and run ./setup again.",
        "De proxy wil een naam en een wachtwoord (407): zet die in zijn adres, http://NAAM:WACHTWOORD@HOST:POORT, op de plek waar http_proxy, https_proxy of Acquire::http::Proxy in /etc/apt/apt.conf.d dat noemt, en draai ./setup opnieuw.",
    ),
    Reason(
        "login_page",
        r"Clearsigned file isn't valid, got '?NOSPLIT(?:[\s\S]*?Failed to fetch (?P<url>\S+)\s+Clearsigned)?",
        "Something on the network answers instead of {host}, as a page to log in does: open a browser, log in when it asks, and run ./setup again.",
        "Iets op het netwerk antwoordt in plaats van {host}, zoals een inlogpagina doet: open een browser, log in als daarom gevraagd wordt en draai ./setup opnieuw.",
    ),
    Reason(
        "refuses",
        r"Failed to fetch (?P<url>\S+)\s+(?P<status>(?:40[13]|451) [^\[\n]+?)\s*\[IP: (?P<address>\S+)",
        "{host} cannot be used: {address} answers {status}. Ask whoever manages the network, or name another mirror in {source}; then run ./setup again.",
        "{host} is niet te gebruiken: {address} antwoordt {status}. Vraag het aan wie het netwerk beheert, of noem een andere mirror in {source}; draai daarna ./setup opnieuw.",
    ),
    Reason(
        "fails",
        r"Failed to fetch (?P<url>\S+)\s+(?P<status>5\d\d [^\[\n]+?)\s*\[IP: (?P<address>\S+)",
        "{host} cannot be used now: {address} answers {status}. Wait a while and run ./setup again.",
        "{host} is nu niet te gebruiken: {address} antwoordt {status}. Wacht even en draai ./setup opnieuw.",
    ),
    Reason(
        "index_refuses",
        r"An index \((?P<url>\S+?)\) returned an? (?P<status>\d+ [A-Z][a-z ]*?)(?: error)?\.|HTTP status \w+ error \((?P<status2>[^)\n]+)\) for url \((?P<url2>[^)\s]+)\)",
        "The index of Python packages at {host} answers {status}. Correct its address (pip.conf, uv.toml, PIP_INDEX_URL), or wait a while; then run ./setup again.",
        "De index van Python-pakketten op {host} antwoordt {status}. Verbeter het adres (pip.conf, uv.toml, PIP_INDEX_URL) of wacht even; draai daarna ./setup opnieuw.",
    ),
    Reason(
        "source_line",
        r"Malformed (?P<unit>entry|stanza|line) (?P<line>\d+) in (?:list|sources?)(?: list)?(?: file)? (?P<file>/\S+) \((?P<what>[^)\n]*)\)",
        "apt cannot read {file}, {unit} {line} ({what}): correct that and run ./setup again.",
        "apt kan {file} niet lezen, {unit} {line} ({what}): verbeter dat en draai ./setup opnieuw.",
    ),
    Reason(
        "source_type",
        r"Type '(?P<what>[^'\n]*)' is not known on (?P<unit>line|stanza) (?P<line>\d+) in source list (?P<file>/\S+)",
        "apt does not know '{what}' in {file}, {unit} {line}: correct that and run ./setup again.",
        "apt kent '{what}' niet in {file}, {unit} {line}: verbeter dat en draai ./setup opnieuw.",
    ),
    Reason(
        "source_conflict",
        r"Conflicting values set for option (?P<what>\S+) regarding source (?P<url>\S+) (?P<suite>\S+?):",
        "{url} {suite} is named twice with another {what} ({source}): take one of the two away and run ./setup again.",
        "{url} {suite} staat er tweemaal in met een andere {what} ({source}): haal een van de twee weg en draai ./setup opnieuw.",
    ),
    Reason(
        "config_line",
        r"Syntax error (?P<file>/\S+):(?P<line>\d+): (?P<what>[^\n]+)",
        "apt cannot read {file}, line {line} ({what}): correct that and run ./setup again.",
        "apt kan {file} niet lezen, regel {line} ({what}): verbeter dat en draai ./setup opnieuw.",
    ),
    Reason(
        "preferences",
        r"Invalid record in the preferences file (?P<file>/\S+), (?P<what>[^\n]+)",
        "apt cannot read {file} ({what}): correct that and run ./setup again.",
        "apt kan {file} niet lezen ({what}): verbeter dat en draai ./setup opnieuw.",
    ),
    Reason(
        "damaged",
        r"Unable to parse package file (?P<file>/\S+)",
        "apt cannot read {file}: something in it is damaged. Put it back from a copy (/var/backups has some of /var/lib/dpkg) and run ./setup again.",
        "apt kan {file} niet lezen: er is iets in beschadigd. Zet een kopie terug (/var/backups heeft er van /var/lib/dpkg) en draai ./setup opnieuw.",
    ),
    Reason(
        "cdrom",
        r"The repository '(?P<url>cdrom:[^'\n]*?) \S+ Release'|(?P<url2>cdrom:\S*)",
        "apt looks for packages on a CD or DVD that is not in this machine: take the source that begins with cdrom: out of {source} and run ./setup again.",
        "apt zoekt pakketten op een cd of dvd die niet in deze machine zit: haal de bron die met cdrom: begint uit {source} en draai ./setup opnieuw.",
    ),
    Reason(
        "driver",
        r"The method (?:driver )?(?P<file>/\S+) could not be found[\s\S]*?Failed to fetch (?P<url>\S+)",
        "apt has no way to fetch {url} ({file} is not there): correct that source in {source} and run ./setup again.",
        "apt kan {url} niet ophalen ({file} is er niet): verbeter die bron in {source} en draai ./setup opnieuw.",
    ),
    Reason(
        "suite",
        r"The repository '(?P<url>\S+) (?P<suite>\S+) Release' (?:does not have|no longer has) a Release file",
        "There is no {suite} at {url}: correct or remove that source in {source} and run ./setup again.",
        "Er is geen {suite} op {url}: verbeter of verwijder die bron in {source} en draai ./setup opnieuw.",
    ),
    Reason(
        "keyring",
        r"(?P<url>https?://\S+) (?P<suite>\S+) InRelease: [^\n]*?Failed to parse keyring \"(?P<file>[^\"\n]+)\"[^\n]*?: (?P<what>[A-Z][^\n:]*?)(?: \(os error|\n|$)",
        "The key {file} of {url} cannot be read ({what}): put it there, or correct that source in {source}, and run ./setup again.",
        "De sleutel {file} van {url} is niet te lezen ({what}): zet die daar neer, of verbeter die bron in {source}, en draai ./setup opnieuw.",
    ),
    Reason(
        "key",
        r"(?P<url>https?://\S+) (?P<suite>\S+) InRelease: [^\n]*?(?P<what>NO_PUBKEY \w+|EXPKEYSIG \w+|REVKEYSIG \w+|Missing key \w+)",
        "The signature of {url} {suite} cannot be checked here ({what}): bring its key up to date, or remove that source in {source}, and run ./setup again.",
        "De handtekening van {url} {suite} is hier niet te controleren ({what}): zet de goede sleutel neer, of verwijder die bron in {source}, en draai ./setup opnieuw.",
    ),
    Reason(
        "signature",
        r"The repository '(?P<url>\S+) (?P<suite>\S+) (?:In)?Release' is (?:not|no longer) signed",
        "The signature of {url} {suite} cannot be checked here: bring its key (Signed-By) up to date, or remove that source in {source}, and run ./setup again.",
        "De handtekening van {url} {suite} is hier niet te controleren: zet de goede sleutel (Signed-By) neer, of verwijder die bron in {source}, en draai ./setup opnieuw.",
    ),
    Reason(
        "mismatch",
        r"Failed to fetch (?P<url>\S+)\s+(?:Hash Sum mismatch|File has unexpected size)",
        "What {host} gives as {name} is not what its own list says, which passes when a mirror is just being renewed: wait a while and run ./setup again.",
        "Wat {host} als {name} geeft is niet wat de eigen lijst zegt; dat gaat over als een mirror net ververst wordt: wacht even en draai ./setup opnieuw.",
    ),
    Reason(
        "gone",
        r"Failed to fetch (?P<url>\S+)\s+(?:404|File not found)",
        "{name} is not at {host} any more: run apt-get update as root, and ./setup again. If that does not help, name another mirror in {source}.",
        "{name} staat niet meer op {host}: draai als root apt-get update, en ./setup opnieuw. Helpt dat niet, noem dan een andere mirror in {source}.",
    ),
    Reason(
        "hash",
        r"DO NOT MATCH THE HASHES[\s\S]*?\n\s+(?P<name>\S+) from (?P<url>\S+)|Hash mismatch for `(?P<name2>[^`\n]+)`",
        "The file of {name} that came is not the one that Steiger knows, so it is not used: something on the way changes files, or the index has another. Use another network or index and run ./setup again.",
        "Het bestand van {name} dat kwam is niet het bestand dat Steiger kent, dus wordt het niet gebruikt: iets onderweg verandert bestanden, of de index heeft een ander. Gebruik een ander netwerk of een andere index en draai ./setup opnieuw.",
    ),
    Reason(
        "noexec",
        r"(?P<place>/\S+/(?:uv|python[\d.]*|ansible-playbook)): Permission denied",
        "{place} may not be run. findmnt -T {place} shows whether its file system is mounted noexec: mount it with exec and run ./setup again.",
        "{place} mag niet draaien. findmnt -T {place} laat zien of het bestandssysteem met noexec is aangekoppeld: koppel het met exec aan en draai ./setup opnieuw.",
    ),
    Reason(
        "settings",
        r"Failed to parse: `?(?P<file>[^`\s]*uv\.toml)|Configuration file could not be loaded[\s\S]*?file: '(?P<file2>[^'\n]+)'",
        "{file} cannot be read: correct that file and run ./setup again.",
        "{file} is niet te lezen: verbeter dat bestand en draai ./setup opnieuw.",
    ),
    # ---- the network: what is said depends on what can be reached
    Reason(
        "network", r"(?:Temporary failure resolving|Could not resolve(?: host:?)?) '?(?P<host>[\w.-]+)", look="network"
    ),
    Reason(
        "network",
        r"(?:Could not connect to|Unable to connect to|Cannot initiate the connection to|Connection timeout to) (?P<host>[\w.-]+?|\[?[\da-fA-F:]+\]?):(?P<port>\d+|http\w*)\b",
        look="network",
    ),
    Reason("network", r"error sending request for url \((?P<url>[^)\s]+)\)", look="network"),
    Reason(
        "network",
        r"[EW]: Failed to fetch (?P<url>https?://\S+)\s+(?:Connection|Could not|Unable to connect|Undetermined|Error reading|Read error|Cannot initiate|Network|No route)",
        look="network",
    ),
    Reason(
        "index_unreached",
        r"'Cannot connect to proxy\.'|NewConnectionError|Name or service not known|Temporary failure in name resolution|Read timed out|ConnectTimeoutError",
        "The index of Python packages cannot be reached ({what}). Check the connection, and pip.conf and https_proxy when you have those; then run ./setup again.",
        "De index van Python-pakketten is niet te bereiken ({what}). Kijk je verbinding na, en pip.conf en https_proxy als je die hebt; draai daarna ./setup opnieuw.",
        look="index",
    ),
    Reason(
        "index_lacks",
        r"No matching distribution found for (?P<name>\S+)|Because (?P<name2>\S+) was not found in the package registry",
        "The index of Python packages does not give {name}. Look whether its address is right (pip.conf, PIP_INDEX_URL) and whether it answers, and run ./setup again.",
        "De index van Python-pakketten geeft {name} niet. Kijk of het adres klopt (pip.conf, PIP_INDEX_URL) en of de index antwoordt, en draai ./setup opnieuw.",
    ),
    # ---- what is installed already
    Reason(
        "held",
        r"The following held packages will be changed:\s+(?P<names>[\s\S]+?)\s+(?:The following|E:|\d+ upgraded)",
        "apt-mark holds {names} back. As root: apt-mark unhold {names}; then run ./setup again.",
        "apt-mark houdt {names} vast. Als root: apt-mark unhold {names}; draai daarna ./setup opnieuw.",
    ),
    Reason(
        "remove",
        r"The following packages will be REMOVED:\s+(?P<names>[\s\S]+?)\s+(?:The following|E:|\d+ upgraded)[\s\S]*?remove is disabled",
        "apt would have to remove {names} first, and ./setup removes nothing of yours. If you can do without, as root: apt-get remove {names}; then run ./setup again.",
        "apt zou eerst {names} moeten verwijderen, en ./setup verwijdert niets van jou. Kun je zonder? Als root: apt-get remove {names}; draai daarna ./setup opnieuw.",
    ),
    Reason(
        "missing",
        r"Unable to locate package (?P<name>[^\s'\"]+)|Package '(?P<name2>[^'\n]+)' has no installation candidate|No package matching '(?P<name3>[^'\n]+)' is available",
        "None of the sources of apt on this machine (/etc/apt/sources.list, /etc/apt/sources.list.d) has the package {name}. Put those of your system back (main; on Ubuntu universe too) and run ./setup again.",
        "Geen van de bronnen van apt op deze machine (/etc/apt/sources.list, /etc/apt/sources.list.d) heeft het pakket {name}. Zet die van je systeem terug (main; op Ubuntu ook universe) en draai ./setup opnieuw.",
        look="missing",
    ),
    Reason(
        "unmet",
        r"unmet dependencies:\s+(?P<name>\S+) : (?P<what>[^\n]+?)(?:\s+E: |\n|$)",
        "apt cannot install {name} ({what}). apt policy {name} shows where it would come from: see to that source, and run ./setup again.",
        "apt kan {name} niet installeren ({what}). apt policy {name} laat zien waar het vandaan zou komen: zorg dat die bron klopt en draai ./setup opnieuw.",
        look="unmet",
    ),
    Reason(
        "overwrite",
        r"trying to overwrite '(?P<file>[^'\n]+)', which is also in package (?P<other>\S+)",
        "{file} of the package {other} is in the way of a package that the labs need. If you can do without, as root: apt-get remove {other}; then run ./setup again.",
        "{file} van het pakket {other} zit een pakket in de weg dat de labs nodig hebben. Kun je zonder? Als root: apt-get remove {other}; draai daarna ./setup opnieuw.",
    ),
    Reason(
        "script",
        r"dpkg: error processing (?:package|archive) (?P<name>\S+) \(--\S+\):\s+(?P<what>[^\n]+)",
        "The package {name} cannot be set up here ({what}). As root, dpkg --configure -a shows why: see to that, and run ./setup again.",
        "Het pakket {name} is hier niet in te stellen ({what}). Als root laat dpkg --configure -a zien waarom: los dat op en draai ./setup opnieuw.",
    ),
    Reason(
        "interrupted",
        r"dpkg was interrupted",
        "An installation was cut off here. As root: dpkg --configure -a; then run ./setup again.",
        "Hier is een installatie afgebroken. Als root: dpkg --configure -a; draai daarna ./setup opnieuw.",
    ),
    Reason(
        "hook",
        r"Problem executing scripts (?P<what>\S+) '(?P<line>[^\n]*)'",
        "A command that this machine has apt run failed: {line} ({what}, says apt; apt-config dump shows how it is set). See to that, and run ./setup again.",
        "Een opdracht die apt op deze machine uitvoert is mislukt: {line} ({what}, zegt apt; apt-config dump laat zien hoe dat is ingesteld). Los dat op en draai ./setup opnieuw.",
        look="hook",
    ),
)

# What was seen on this machine, beside what a program said.
SEEN = {
    "clock_behind": (
        "The clock of this machine ({now}) is {span} behind that of {host}: {set_clock}, then run ./setup again.",
        "De klok van deze machine ({now}) loopt {span} achter op die van {host}: {set_clock}, en draai ./setup opnieuw.",
    ),
    "clock_ahead": (
        "The clock of this machine ({now}) is {span} ahead of that of {host}: {set_clock}, then run ./setup again.",
        "De klok van deze machine ({now}) loopt {span} voor op die van {host}: {set_clock}, en draai ./setup opnieuw.",
    ),
    "early": (
        "By the clock of this machine ({now}), {url} is from the future, by {span} or more. If that is not the time: {set_clock}, then run ./setup again.",
        "Volgens de klok van deze machine ({now}) komt {url} uit de toekomst, {span} of meer. Klopt die tijd niet? {set_clock}, en draai ./setup opnieuw.",
    ),
    "late": (
        "By the clock of this machine ({now}), {url} is {span} too old. If that is not the time: {set_clock}; if it is, name another mirror in {source}. Then run ./setup again.",
        "Volgens de klok van deze machine ({now}) is {url} {span} te oud. Klopt die tijd niet? {set_clock}. Klopt die wel? Noem een andere mirror in {source}. Draai daarna ./setup opnieuw.",
    ),
    "stale": (
        "{url} is {span} too old: that mirror is not kept up. Name another one in {source} and run ./setup again.",
        "{url} is {span} te oud: die mirror wordt niet bijgehouden. Noem een andere in {source} en draai ./setup opnieuw.",
    ),
    "no_route": (
        "This machine has no network: it has no route to {host}. Connect it and run ./setup again.",
        "Deze machine heeft geen netwerk: er is geen route naar {host}. Verbind haar en draai ./setup opnieuw.",
    ),
    "no_names": (
        "The network does not answer: nothing tells the address of {host}. Check the connection (and /etc/resolv.conf) and run ./setup again.",
        "Het netwerk geeft geen antwoord: niets vertelt het adres van {host}. Kijk je verbinding na (en /etc/resolv.conf) en draai ./setup opnieuw.",
    ),
    "no_such_name": (
        "There is no {host}, says the name service. Check its spelling in {source}, and the connection, and run ./setup again.",
        "{host} bestaat niet, zegt de naamdienst. Kijk de spelling na in {source}, en je verbinding, en draai ./setup opnieuw.",
    ),
    "no_answer": (
        "The network does not answer: {host} cannot be reached on port {port}. Check the connection and run ./setup again.",
        "Het netwerk geeft geen antwoord: {host} is niet te bereiken op poort {port}. Kijk je verbinding na en draai ./setup opnieuw.",
    ),
    "refused": (
        "{host} refuses connections on port {port}. Check that address in {source} and run ./setup again.",
        "{host} weigert verbindingen op poort {port}. Kijk dat adres na in {source} en draai ./setup opnieuw.",
    ),
    "open": (
        "{host} could not be used a moment ago, and answers now: run ./setup again.",
        "{host} was net niet te gebruiken en antwoordt nu wel: draai ./setup opnieuw.",
    ),
    "pinned": (
        "apt may not install {name}: {file} says so (Pin-Priority). Take that out and run ./setup again.",
        "apt mag {name} niet installeren: dat staat in {file} (Pin-Priority). Haal dat eruit en draai ./setup opnieuw.",
    ),
    "missing_stale": (
        "None of the sources of apt on this machine has the package {name}. Put those of your system back in /etc/apt/sources.list or /etc/apt/sources.list.d (main; on Ubuntu universe too) and run ./setup again. Apart from that, {stale} cannot be used.",
        "Geen van de bronnen van apt op deze machine heeft het pakket {name}. Zet die van je systeem terug in /etc/apt/sources.list of /etc/apt/sources.list.d (main; op Ubuntu ook universe) en draai ./setup opnieuw. Los daarvan is {stale} niet te gebruiken.",
    ),
    "hook_file": (
        "A command that this machine has apt run failed: {line} ({what} in {file}). See to that, and run ./setup again.",
        "Een opdracht die apt op deze machine uitvoert is mislukt: {line} ({what} in {file}). Los dat op en draai ./setup opnieuw.",
    ),
}
# Pieces of sentences.
WORDS = {
    "set_clock": (
        "set it as root, with timedatectl set-ntp true or date -s 'YYYY-MM-DD hh:mm'",
        "zet haar als root goed, met timedatectl set-ntp true of date -s 'JJJJ-MM-DD uu:mm'",
    ),
    "sources": ("/etc/apt/sources.list or /etc/apt/sources.list.d", "/etc/apt/sources.list of /etc/apt/sources.list.d"),
    "proxies": (
        "what sets the proxy (http_proxy, https_proxy, /etc/apt/apt.conf.d)",
        "wat de proxy instelt (http_proxy, https_proxy, /etc/apt/apt.conf.d)",
    ),
    "files": ("the files of this step", "de bestanden van deze stap"),
    "that_server": ("that server", "die server"),
    "and": ("and", "en"),
    "line": ("line", "regel"),
    "entry": ("entry", "onderdeel"),
    "stanza": ("stanza", "alinea"),
}
