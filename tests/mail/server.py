"""A real mail server in one of several moods: python server.py PORT accept|refuse|tarpit

Prints a line of JSON for each mail it took. A line on standard input puts it into a good mood for good.
"""

import asyncio
import email
import json
import sys

from aiosmtpd.smtp import SMTP

TARPIT_SECONDS = 3

mood = sys.argv[2]


class Handler:
    async def pause(self):
        if mood == "tarpit":
            await asyncio.sleep(TARPIT_SECONDS)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        await self.pause()
        session.host_name = hostname
        return responses

    async def handle_MAIL(self, server, session, envelope, address, options):
        await self.pause()
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        await self.pause()
        if mood == "refuse":
            return "451 4.7.1 Greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await self.pause()
        mail = email.message_from_bytes(envelope.content)
        taken = {"to": envelope.rcpt_tos[0], "id": mail["Message-ID"], "subject": mail["Subject"]}
        print(json.dumps(taken), flush=True)
        return "250 Taken"


async def main():
    global mood
    loop = asyncio.get_running_loop()
    handler = Handler()
    make = lambda: SMTP(handler, hostname="mail.example", enable_SMTPUTF8=True, loop=loop)
    server = await loop.create_server(make, "127.0.0.1", int(sys.argv[1]))
    print(json.dumps({"ready": True}), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    mood = "accept"
    async with server:
        await server.serve_forever()


asyncio.run(main())
