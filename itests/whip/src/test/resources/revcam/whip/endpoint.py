"""A WHIP endpoint (RFC 9725) on aiortc: answers, decodes what comes, and says so on standard output, a JSON object a line.

{"listening": PORT}            once it does
{"offer": N, "sdp": ...}       an offer was answered; N counts them
{"session": N, "frames": n, "width": w, "height": h}    at the first frame and every tenth after it
{"deleted": N}                 by DELETE
{"refused": STATUS}            what was not answered, and how
"""
import argparse
import asyncio
import json
import ssl

from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--token")
parser.add_argument("--certificate")
parser.add_argument("--key")
options = parser.parse_args()

sessions = {}
count = 0


def say(**what):
    print(json.dumps(what), flush=True)


def refused(status, **headers):
    say(refused=status)
    return web.Response(status=status, text="refused", headers=headers)


def has_token(request):
    return not options.token or request.headers.get("Authorization") == "Bearer " + options.token


async def watch(number, track):
    frames = 0
    try:
        while True:
            frame = await track.recv()
            frames += 1
            if frames % 10 == 1:
                say(session=number, frames=frames, width=frame.width, height=frame.height)
    except MediaStreamError:
        pass


async def publish(request):
    global count
    if not has_token(request):
        return refused(401)
    if request.content_type != "application/sdp":
        return refused(415)
    offer = await request.text()
    count += 1
    number = count
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    sessions[number] = connection

    @connection.on("track")
    def on_track(track):
        asyncio.ensure_future(watch(number, track))

    await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    say(offer=number, sdp=offer)
    return web.Response(status=201, text=connection.localDescription.sdp, content_type="application/sdp",
                        headers={"Location": "/sessions/%d" % number})


async def end(request):
    if not has_token(request):
        return refused(401)
    connection = sessions.pop(int(request.match_info["number"]), None)
    if connection is None:
        return refused(404)
    await connection.close()
    say(deleted=int(request.match_info["number"]))
    return web.Response(status=200)


async def moved(request):
    return web.Response(status=307, headers={"Location": "/whip"})


async def main():
    app = web.Application()
    app.add_routes([web.post("/whip", publish), web.post("/moved", moved), web.delete("/sessions/{number}", end)])
    runner = web.AppRunner(app)
    await runner.setup()
    tls = None
    if options.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.certificate, options.key)
    site = web.TCPSite(runner, "127.0.0.1", options.port, ssl_context=tls)
    await site.start()
    say(listening=site._server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


asyncio.run(main())
