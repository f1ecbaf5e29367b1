"""The bare server to compare with: FastAPI and wechatpy that send a message's text back.

    uvicorn bench.echo:app

It checks signatures, decrypts, parses, renders and encrypts as wechatpy's documentation shows. It
understands nothing, remembers nothing and answers a repeated push twice.
"""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from app.settings import SANDBOX_AES_KEY, SANDBOX_APP_IDS, SANDBOX_TOKEN

app = FastAPI()
_crypto = WeChatCrypto(SANDBOX_TOKEN, SANDBOX_AES_KEY, SANDBOX_APP_IDS["beijing"])


@app.post("/wechat/beijing")
async def echo(request: Request) -> Response:
    """Send the text back."""
    query, body = request.query_params, await request.body()
    check_signature(SANDBOX_TOKEN, query["signature"], query["timestamp"], query["nonce"])
    sealed = "msg_signature" in query
    if sealed:
        stamp = (query["msg_signature"], query["timestamp"], query["nonce"])
        body = _crypto.decrypt_message(body, *stamp)
    message = parse_message(body)
    answer = create_reply(message.content, message).render()
    if sealed:
        answer = _crypto.encrypt_message(answer, query["nonce"], query["timestamp"])
    return Response(answer, media_type="application/xml")
