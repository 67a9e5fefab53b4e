# A mail server for the tests: Debian's aiosmtpd, with TLS and a login, that keeps what it receives.
#
# server.py FOLDER PORT starttls|tls. FOLDER holds cert.pem and key.pem, and `mood`, which says what becomes of the next
# letter: `well`, `refuse CODE TEXT`, `slow SECONDS` (it is taken, and that is told late), `die` (it is taken, and nothing
# is told). Received letters lie in FOLDER as 0.eml, 1.eml …; the port is in FOLDER/port.
import asyncio
import logging
import os
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult

# It warns of its own names, and of a login without STARTTLS though the connection began with TLS.
warnings.simplefilter("ignore")
logging.disable()

folder, port, security = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def path(name):
    return os.path.join(folder, name)


def mood():
    with open(path("mood"), encoding="ascii") as file:
        return file.read().split(" ", 1)


def authenticate(server, session, envelope, mechanism, data):
    is_right = data.login == b"sender" and data.password == b"a password of the tests"
    # Handled would mean that the refusal has been sent already.
    return AuthResult(success=is_right, handled=False)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        what, *rest = mood()
        if what == "refuse":
            return rest[0]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        number = sum(name.endswith(".eml") for name in os.listdir(folder))
        with open(path("letter"), "wb") as file:
            file.write(envelope.original_content)
        os.rename(path("letter"), path(f"{number}.eml"))
        what, *rest = mood()
        if what == "die":
            os._exit(1)
        if what == "slow":
            await asyncio.sleep(float(rest[0]))
        return "250 2.0.0 taken"


def tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path("cert.pem"), path("key.pem"))
    return context


async def main():
    starts_plain = security == "starttls"

    def connection():
        return SMTP(
            Handler(),
            hostname="localhost",
            authenticator=authenticate,
            auth_required=True,
            tls_context=tls() if starts_plain else None,
            require_starttls=starts_plain,
            auth_require_tls=starts_plain,
        )

    loop = asyncio.get_running_loop()
    # Nothing is ever said there: it is the end of whoever started this.
    loop.add_reader(sys.stdin, os._exit, 0)
    server = await loop.create_server(connection, "127.0.0.1", port, ssl=None if starts_plain else tls())
    with open(path("port.new"), "w", encoding="ascii") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.rename(path("port.new"), path("port"))
    await server.serve_forever()


asyncio.run(main())
