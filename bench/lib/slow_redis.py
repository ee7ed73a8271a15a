#!/usr/bin/env python3
"""usage: slow_redis.py PORT REDIS_SOCKET_OR_PORT

Stands between nginx and Redis and misbehaves as told on standard input, a word a line; says "ok" when it does:
  pass             hand on everything at once
  delay MS         hand each reply on MS milliseconds later
  swallow          take everything, answer nothing
  half             hand on the first half of each reply, then nothing more on that connection
  garbage          answer with bytes that are no reply
  close            close every connection as soon as something comes
  refuse           no longer listen, and close what is open
  unreachable      listen, but let no connection be established: the handshake gets no answer
Connections that were open are dealt with in the new way, too.
"""
import asyncio
import os
import socket
import sys


class SlowRedis:
    def __init__(self, port, redis):
        self.port, self.redis = port, redis
        self.mode, self.delay = "pass", 0.0
        self.server, self.filler = None, []
        self.writers = set()

    async def listen(self):
        # nobody is told that the port is free before it is
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", self.port, backlog=512, reuse_address=True)

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            if "/" in self.redis:
                behind, before = await asyncio.open_unix_connection(self.redis)
            else:
                behind, before = await asyncio.open_connection("127.0.0.1", int(self.redis))
        except OSError:
            writer.close()
            self.writers.discard(writer)
            return
        answers = asyncio.create_task(self.answer(behind, writer))
        try:
            while data := await reader.read(65536):
                if self.mode == "close":
                    break
                if self.mode == "garbage":
                    writer.write(os.urandom(64).replace(b"\r", b"!") + b"\r\n")
                elif self.mode != "swallow":
                    before.write(data)
        except OSError:
            pass
        answers.cancel()
        for end in (writer, before):
            end.close()
        self.writers.discard(writer)

    async def answer(self, behind, writer):
        loop = asyncio.get_running_loop()
        halved = False
        try:
            while data := await behind.read(65536):
                if self.mode == "half":
                    if not halved:
                        writer.write(data[:max(1, len(data) // 2)])
                    halved = True
                elif halved or self.mode in ("swallow", "garbage", "close"):
                    continue
                elif self.mode == "delay":
                    loop.call_later(self.delay, writer.write, data)
                else:
                    writer.write(data)
        except OSError:
            pass
        writer.close()

    async def stop_listening(self):
        if self.server:
            self.server.close()
            self.server = None
        for writer in list(self.writers):
            writer.transport.abort()
        for end in self.filler:
            end.close()
        self.filler = []

    async def become(self, words):
        was_deaf = self.mode in ("refuse", "unreachable")
        mode = words[0]
        if mode in ("refuse", "unreachable"):
            await self.stop_listening()
            if mode == "unreachable":
                self.fill_up()
        elif was_deaf:
            await self.stop_listening()
            await self.listen()
        self.mode = mode
        self.delay = float(words[1]) / 1000 if mode == "delay" else 0.0

    def fill_up(self):
        """A listener whose queue is full: Linux then drops the SYNs of newcomers."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(0)
        self.filler.append(listener)
        for _ in range(4):
            end = socket.socket()
            end.setblocking(False)
            end.connect_ex(("127.0.0.1", self.port))
            self.filler.append(end)


async def main():
    slow = SlowRedis(int(sys.argv[1]), sys.argv[2])
    await slow.listen()
    print("ok", flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        await slow.become(line.decode().split())
        print("ok", flush=True)


asyncio.run(main())
