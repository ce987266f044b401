import { execFile } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { newSecret, sign } from './signature';

const run = promisify(execFile);
const ID = 'msg_1';
const BODY = '{"rewardName":"극한성장의 비약"}';

const now = () => Math.floor(Date.now() / 1_000);
const headersOf = (secrets: Parameters<typeof sign>[0], timestamp: number) => ({
  'webhook-id': ID,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': sign(secrets, ID, timestamp, BODY),
});

/** Verifies with svix, which is an ES module, in a process of its own. */
const verifyWithSvix = async (secret: string, headers: Record<string, string>, body: string): Promise<string> => {
  const script = `
    import { Webhook } from 'svix';
    const [secret, headers, body] = JSON.parse(process.argv[1]);
    try { new Webhook(secret).verify(body, headers); console.log('accepted'); } catch (error) { console.log(error.message); }`;
  const input = JSON.stringify([secret, headers, body]);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, input], { cwd: __dirname });
  return stdout.trim();
};

describe('a signature', () => {
  it('is accepted by standardwebhooks and svix for exactly this message', async () => {
    const keys = newSecret();
    const headers = headersOf([keys], now());
    expect(new Webhook(keys.secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
    expect(() => new Webhook(keys.secret).verify(`${BODY} `, headers)).toThrow('No matching signature found');
    expect(() => new Webhook(newSecret().secret).verify(BODY, headers)).toThrow('No matching signature found');
    expect(await verifyWithSvix(keys.secret, headers, BODY)).toBe('accepted');
    expect(await verifyWithSvix(keys.secret, headers, `${BODY} `)).toContain('No matching signature found');
  });

  it('of a rotation is accepted with the new and with the previous secret', async () => {
    const secrets = [newSecret(), newSecret()];
    const headers = headersOf(secrets, now());
    for (const { secret } of secrets) {
      expect(new Webhook(secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
      expect(await verifyWithSvix(secret, headers, BODY)).toBe('accepted');
    }
    const schemes = headers['webhook-signature'].split(' ').map((signature) => signature.split(',')[0]);
    expect(schemes).toEqual(['v1', 'v1a', 'v1', 'v1a']);
  });

  it('v1a is verified with the public key', () => {
    const keys = newSecret();
    const timestamp = now();
    const [, signature = ''] = /v1a,(\S+)/.exec(sign([keys], ID, timestamp, BODY)) ?? [];
    const x = Buffer.from(keys.publicKey.slice('whpk_'.length), 'base64').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const isValid = (body: string) =>
      verify(null, Buffer.from(`${ID}.${timestamp}.${body}`), key, Buffer.from(signature, 'base64'));
    expect([isValid(BODY), isValid(`${BODY} `)]).toEqual([true, false]);
  });

  it('is made with keys that are random and complete', () => {
    const [first, second] = [newSecret(), newSecret()];
    for (const name of ['secret', 'privateKey', 'publicKey'] as const) {
      expect(first[name]).toMatch({ secret: /^whsec_/, privateKey: /^whsk_/, publicKey: /^whpk_/ }[name]);
      expect(Buffer.from(first[name].replace(/^\w+?_/, ''), 'base64')).toHaveLength(32);
      expect(first[name]).not.toBe(second[name]);
    }
  });
});
