// Seals and opens envelopes with two packages of others; one JSON request a line on standard input.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(`${process.cwd()}/`));
const wecom = require('@wecom/crypto');
const WXBizMsgCrypt = require('wechat-crypto');

const peers = {
  wecom: (account) => ({
    sign: (ts, nonce, sealed) => wecom.getSignature(account.token, ts, nonce, sealed),
    seal: (message) => wecom.encrypt(account.key, message, account.app_id),
    open: (sealed) => wecom.decrypt(account.key, sealed),
  }),
  wechat: (account) => {
    const crypt = new WXBizMsgCrypt(account.token, account.key, account.app_id);
    return {
      sign: (ts, nonce, sealed) => crypt.getSignature(ts, nonce, sealed),
      seal: (message) => crypt.encrypt(message),
      open: (sealed) => crypt.decrypt(sealed),
    };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { peer, account, seal, open, timestamp, nonce } = JSON.parse(line);
  const tool = peers[peer](account);
  // Nothing to seal or open: the signature of plain mode, which leaves out the body.
  const sealed = seal === undefined ? (open ?? '') : tool.seal(seal);
  const answer = { sealed, signature: tool.sign(timestamp, nonce, sealed) };
  if (open !== undefined) {
    const { message, id } = tool.open(open);
    Object.assign(answer, { message, id });
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
