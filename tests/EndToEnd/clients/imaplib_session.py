# What Python's imaplib does with a server, over port 993 and over STARTTLS.
import imaplib
import os
import ssl

login, password = os.environ["LOGIN"], os.environ["PASSWORD"]
context = ssl.create_default_context(cafile=os.environ["CA"])


def must(answer):
    status, data = answer
    assert status == "OK", answer
    return data


plain = imaplib.IMAP4("localhost", int(os.environ["STARTTLS_PORT"]))
assert "LOGINDISABLED" in plain.capabilities, plain.capabilities
try:
    plain.login(login, password)
    raise SystemExit("a password went in the clear")
except imaplib.IMAP4.error as refused:
    assert "PRIVACYREQUIRED" in str(refused), refused
must(plain.starttls(context))
must(plain.login(login, password))
assert plain.logout()[0] == "BYE"

mail = imaplib.IMAP4_SSL("localhost", int(os.environ["PORT"]), ssl_context=context)
mail.authenticate("PLAIN", lambda challenge: f"\0{login}\0{password}".encode())
must(mail.enable("QRESYNC"))
must(mail.create('"from python"'))
for number in range(5):
    must(mail.append('"from python"', r"(\Seen)" if number == 0 else None, '"17-Jul-1996 02:44:25 -0700"',
                     f"Subject: python-{number}\r\n\r\nline one\r\n\r\nline {number}\r\n".encode()))
assert must(mail.select('"from python"')) == [b"5"]
assert must(mail.search(None, "UNSEEN")) == [b"2 3 4 5"]
assert must(mail.uid("SEARCH", "SUBJECT", "python-3")) == [b"4"]
header, end = must(mail.fetch("2", "(FLAGS INTERNALDATE BODY.PEEK[])"))
assert header[1] == b"Subject: python-1\r\n\r\nline one\r\n\r\nline 1\r\n", header
assert b"17-Jul-1996 09:44:25 +0000" in header[0], header
must(mail.store("1:2", "+FLAGS", r"(\Deleted)"))
must(mail.expunge())
must(mail.copy("1", "Archive"))
must(mail.close())
assert must(mail.status("Archive", "(MESSAGES UIDNEXT)")) == [b'"Archive" (MESSAGES 1 UIDNEXT 2)']
must(mail.rename('"from python"', '"renamed by python"'))
must(mail.subscribe('"renamed by python"'))
assert any(b"renamed by python" in line for line in must(mail.lsub()))
must(mail.delete('"renamed by python"'))
assert must(mail.getquotaroot("INBOX"))[1][0].startswith(b'"" (STORAGE ')
must(mail.namespace())
assert mail.logout()[0] == "BYE"
print("imaplib is content")
