import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';

/** A message that is older or newer than this is refused, so that a recorded one cannot be replayed later. */
const TOLERANCE_SECONDS = 300;

/**
 * Verifies a message of Standard Webhooks 1.0.0.
 * @param {string[]} keys `whsec_…` for `v1`, `whpk_…` for `v1a`; several during a rotation
 * @param {import('node:http').IncomingHttpHeaders} headers
 * @param {Buffer} body as it was received
 * @returns {string | null} what is wrong; null if nothing is
 */
export const faultOf = (keys, headers, body, nowMs = Date.now()) => {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp = '', 'webhook-signature': signatures } = headers;
  if (!id || !signatures || !/^\d{1,12}$/.test(timestamp)) return 'A header of Standard Webhooks is missing or malformed.';
  if (Math.abs(nowMs / 1_000 - Number(timestamp)) > TOLERANCE_SECONDS) return 'The timestamp is too old or in the future.';
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const isSigned = signatures.split(' ').some((signature) => keys.some((key) => isValid(signature, key, content)));
  return isSigned ? null : 'No signature matches.';
};

const isValid = (text, key, content) => {
  const [scheme, signature = ''] = text.split(',');
  const bytes = Buffer.from(signature, 'base64');
  if (scheme === 'v1' && key.startsWith('whsec_')) {
    const expected = createHmac('sha256', Buffer.from(key.slice(6), 'base64'))
      .update(content)
      .digest();
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  }
  return scheme === 'v1a' && key.startsWith('whpk_') && verify(null, content, publicKeyOf(key), bytes);
};

const publicKeyOf = (key) => {
  const x = Buffer.from(key.slice(5), 'base64').toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
};
