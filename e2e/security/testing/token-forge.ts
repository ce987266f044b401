import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  type KeyObject,
} from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Role } from '@rewards/contracts';
import { TOKEN_AUDIENCE, TOKEN_ISSUER } from '@rewards/service-kit/access-token';
import type { System } from '../../testing/system';

/** The account that a token names. */
export interface Subject {
  readonly accountId: string;
  readonly email: string;
  readonly roles: readonly Role[];
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Makes valid access tokens with the system's signing key, and forged ones. */
export class TokenForge {
  private readonly foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  private constructor(
    private readonly privateKey: KeyObject,
    private readonly keyId: string,
  ) {}

  static async of(system: System): Promise<TokenForge> {
    const keys = join(system.dataDir, 'keys');
    const [file] = (await readdir(keys)).filter((name) => name.endsWith('.pem'));
    const response = await fetch(`${system.urlOf('auth-service')}/.well-known/jwks.json`);
    const [key] = ((await response.json()) as { keys: { kid: string }[] }).keys;
    if (!file || !key) throw new Error('The system has no signing key.');
    return new TokenForge(createPrivateKey(await readFile(join(keys, file))), key.kid);
  }

  /** Makes a token that is valid unless the other arguments change it. */
  make(subject: Subject, claims: object = {}, header: object = {}, privateKey: KeyObject = this.privateKey): string {
    const content = this.unsigned(subject, claims, header);
    return `${content}.${sign('sha256', Buffer.from(content), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  /** Makes tokens that every service must reject, by the name of their defect. */
  forgeries(subject: Subject): Readonly<Record<string, string>> {
    const now = Math.floor(Date.now() / 1_000);
    const valid = this.make(subject);
    const [head = '', , signature = ''] = valid.split('.');
    const asUser = this.make({ ...subject, roles: ['USER'] }).split('.');
    const publicKey = createPublicKey(this.privateKey);
    const { foreign } = this;
    const hmac = (secret: string | Buffer): string => {
      const content = this.unsigned(subject, {}, { alg: 'HS256' });
      return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
    };
    const none = (alg: string) => `${this.unsigned(subject, {}, { alg })}.`;
    return {
      expired: this.make(subject, { iat: now - 1_000, exp: now - 100 }),
      'without an expiry': this.make(subject, { exp: undefined }),
      'not yet valid': this.make(subject, { nbf: now + 100 }),
      'of another issuer': this.make(subject, { iss: 'https://issuer.example.com' }),
      'for another audience': this.make(subject, { aud: 'another-system' }),
      'without an audience': this.make(subject, { aud: undefined }),
      'alg none': none('none'),
      'alg None': none('None'),
      'alg none with a signature': `${none('none')}${signature}`,
      'HS256 with the public key': hmac(publicKey.export({ format: 'pem', type: 'spki' })),
      'HS256 with the public key, DER': hmac(publicKey.export({ format: 'der', type: 'spki' })),
      'HS256 with an empty secret': hmac(''),
      'signed with a foreign key, our kid': this.make(subject, {}, {}, foreign.privateKey),
      'signed with a foreign key, its own kid': this.make(subject, {}, { kid: randomUUID() }, foreign.privateKey),
      'signed with a foreign key in its header': this.make(
        subject,
        {},
        { jwk: foreign.publicKey.export({ format: 'jwk' }), kid: undefined },
        foreign.privateKey,
      ),
      'without a kid': this.make(subject, {}, { kid: undefined }),
      'with a path as kid': this.make(subject, {}, { kid: '../../../../dev/null' }),
      'with an edited payload': [asUser[0], valid.split('.')[1], asUser[2]].join('.'),
      'without a signature': `${valid.split('.').slice(0, 2).join('.')}.`,
      'with half a signature': valid.slice(0, -signature.length / 2),
      'with an unknown role': this.make(subject, { roles: ['ROOT'] }),
      'with roles that are not a list': this.make(subject, { roles: 'ADMIN' }),
      'with a subject that is not an id': this.make(subject, { sub: '../admin' }),
      'with another typ': this.make(subject, {}, { typ: 'at+jwt' }),
      'without a typ': this.make(subject, {}, { typ: undefined }),
      'with a crit': this.make(subject, {}, { crit: ['exp'] }),
      'without an iat': this.make(subject, { iat: undefined }),
      'without a jti': this.make(subject, { jti: undefined }),
      'with an expiry of 1e300': this.make(subject, { exp: 1e300 }),
      'with an additional claim': this.make(subject, { scope: 'all' }),
      'without payload and signature': head,
    };
  }

  private unsigned({ accountId, email, roles }: Subject, claims: object, header: object): string {
    const now = Math.floor(Date.now() / 1_000);
    const head = { alg: 'ES256', typ: 'JWT', kid: this.keyId, ...header };
    const times = { iat: now, exp: now + 900 };
    const body = { sub: accountId, email, roles, ...times, iss: TOKEN_ISSUER, aud: TOKEN_AUDIENCE, jti: randomUUID(), ...claims };
    return `${encode(head)}.${encode(body)}`;
  }
}
