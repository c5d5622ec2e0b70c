"""Rules for passwords in command lines, by command and option: curl -u me:…, mysql -p…, echo … | sudo -S."""
# ruff: noqa: E501  # a row of the table is a line, however long its pattern

from __future__ import annotations

from typing import Final

_LINE: Final = r"[^\n]{0,300}?\s"  # from a command to its option
_WORD: Final = r"[\"']?(?P<value>[^\s\"'|;&]{3,200})"
_PAIR: Final = r"[\"']?[^\s:\"']{1,100}:(?P<value>[^\s\"']{1,200})"

# (hints in lower case, what must follow from a hint on)
ROWS: Final = (
    ("curl", rf"curl\b{_LINE}(?:-\w{{0,10}}[uU]|--user|--proxy-user)[ =]?{_PAIR}"),
    ("http https xh", rf"(?:https?|xh)\b{_LINE}(?:-a|--auth)[ =]{_PAIR}"),
    ("mysql mariadb mycli", rf"(?:mysql|mariadb|mycli)[\w-]{{0,20}}{_LINE}-p(?!\s){_WORD}"),
    ("sshpass mongo beeline rabbitmqadmin", rf"(?:sshpass|mongo\w{{0,10}}|beeline|rabbitmqadmin)\b{_LINE}-p\s?{_WORD}"),
    ("login", rf"login\b{_LINE}-p[ =]{_WORD}"),
    ("redis-cli", rf"redis-cli\b{_LINE}-a\s{{1,4}}{_WORD}"),
    ("ldap", rf"ldap[a-z]{{3,10}}\b{_LINE}-w\s?{_WORD}"),
    ("sqlcmd bcp tsql ipmitool zip mosquitto_",
     rf"(?:sqlcmd|bcp|tsql|ipmitool|zip|mosquitto_\w{{3}})\b{_LINE}-P\s{{0,4}}{_WORD}"),
    ("7z", rf"7za?\b{_LINE}-p(?!\s){_WORD}"),
    ("smbclient rpcclient", rf"(?:smb|rpc)client\b{_LINE}-U\s?[\"']?[^\s%]{{1,80}}%(?P<value>[^\s\"']{{1,200}})"),
    ("freerdp", rf"freerdp\b{_LINE}/p:{_WORD}"),
    ("snmpwalk snmpget snmpset snmpbulk", rf"snmp(?:walk|get|set|bulk)\w{{0,5}}\b{_LINE}-c\s?{_WORD}"),
    ("sqlplus", r"sqlplus\s[^\n]{0,100}?[\w$]{1,60}/(?P<value>[^\s@/\"']{1,200})@"),
    ("-pass", r"-pass(?:in|out)?\s{1,4}[\"']?pass:(?P<value>[^\s\"']{1,200})"),
    ("openssl", rf"openssl\s{{1,4}}enc\b{_LINE}-k\s{{1,4}}{_WORD}"),
    ("echo printf", r"(?:echo|printf)\s{1,4}(?:-n\s{1,4})?[\"']?(?P<value>[^\s\"'|]{1,200})[\"']?\s{0,4}\|[^\n|]{0,200}?(?:-stdin|sudo\s{1,4}-\w{0,5}S|chpasswd|kinit|with-token|cryptsetup)"),
    ("-stdin with-token sudo", r"(?:-stdin|with-token|sudo\s{1,4}-S[^\n<]{0,100}?)\s{0,4}<<<\s{0,4}[\"']?(?P<value>[^\s\"']{1,200})"),
    ("htpasswd", r"htpasswd\s{1,4}-\w{0,5}b\w{0,5}\s{1,4}(?:\S{1,200}\s{1,4}){1,2}?(?P<value>[^\s\"']{1,200})[\"']?[ \t]{0,4}(?=\n|$|[;|>&])"),
    ("vault", rf"vault\s{{1,4}}login\s{{1,4}}(?![-\w]{{1,30}}=|-){_WORD}"),
    ("requirepass masterauth rootpw", rf"(?:requirepass|masterauth|rootpw)\s{{1,4}}(?:--?[a-z]{{1,20}}\s{{1,4}})?{_WORD}"),
    ("create", rf"create\s{{1,4}}secret\s{_LINE}--from-literal[ =][\"']?[\w.-]{{1,80}}=[\"']?(?P<value>[^\s\"']{{1,200}})"),
    ("securestring", r"(?i)securestring\s{1,4}(?:-string\s{1,4})?[\"'](?P<value>[^\"'\n]{1,200})[\"']"),
)  # fmt: skip
