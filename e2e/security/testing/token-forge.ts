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

/** Whom a token names. */
export interface Subject {
  readonly accountId: string;
  readonly email: string;
  readonly roles: readonly Role[];
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Makes access tokens with the system's own key, and what only looks like one. */
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
    if (!file || !key) throw new Error('the system has no key');
    return new TokenForge(createPrivateKey(await readFile(join(keys, file))), key.kid);
  }

  /** A good token, but for what is given. */
  make(subject: Subject, claims: object = {}, header: object = {}, privateKey: KeyObject = this.privateKey): string {
    const signed = this.unsigned(subject, claims, header);
    return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }

  /** Tokens of a subject that nobody must believe, by what is wrong with them. */
  forgeries(subject: Subject): Readonly<Record<string, string>> {
    const now = Math.floor(Date.now() / 1_000);
    const good = this.make(subject);
    const [head = '', , signature = ''] = good.split('.');
    const asUser = this.make({ ...subject, roles: ['USER'] }).split('.');
    const publicKey = createPublicKey(this.privateKey);
    const { foreign } = this;
    const hmac = (secret: string | Buffer): string => {
      const signed = this.unsigned(subject, {}, { alg: 'HS256' });
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    };
    const none = (alg: string) => `${this.unsigned(subject, {}, { alg })}.`;
    return {
      expired: this.make(subject, { iat: now - 1_000, exp: now - 100 }),
      'without an end': this.make(subject, { exp: undefined }),
      'not yet good': this.make(subject, { nbf: now + 100 }),
      'of another issuer': this.make(subject, { iss: 'https://issuer.example.com' }),
      'for another audience': this.make(subject, { aud: 'another-system' }),
      'without an audience': this.make(subject, { aud: undefined }),
      'alg none': none('none'),
      'alg None': none('None'),
      'alg none with a signature': `${none('none')}${signature}`,
      'HS256 with the public key': hmac(publicKey.export({ format: 'pem', type: 'spki' })),
      'HS256 with the public key, DER': hmac(publicKey.export({ format: 'der', type: 'spki' })),
      'HS256 with an empty secret': hmac(''),
      'of a foreign key with our kid': this.make(subject, {}, {}, foreign.privateKey),
      'of a foreign key with its own kid': this.make(subject, {}, { kid: randomUUID() }, foreign.privateKey),
      'of a foreign key that it brings along': this.make(
        subject,
        {},
        { jwk: foreign.publicKey.export({ format: 'jwk' }), kid: undefined },
        foreign.privateKey,
      ),
      'without a kid': this.make(subject, {}, { kid: undefined }),
      'with a path for a kid': this.make(subject, {}, { kid: '../../../../dev/null' }),
      'with an edited payload': [asUser[0], good.split('.')[1], asUser[2]].join('.'),
      'without a signature': `${good.split('.').slice(0, 2).join('.')}.`,
      'with half a signature': good.slice(0, -signature.length / 2),
      'with a role that there is not': this.make(subject, { roles: ['ROOT'] }),
      'with roles that are no list': this.make(subject, { roles: 'ADMIN' }),
      'with a subject that is no id': this.make(subject, { sub: '../admin' }),
      'with another typ': this.make(subject, {}, { typ: 'at+jwt' }),
      'without a typ': this.make(subject, {}, { typ: undefined }),
      'with a crit': this.make(subject, {}, { crit: ['exp'] }),
      'without an iat': this.make(subject, { iat: undefined }),
      'without a jti': this.make(subject, { jti: undefined }),
      'with an end that never comes': this.make(subject, { exp: 1e300 }),
      'with an additional claim': this.make(subject, { scope: 'all' }),
      'of no parts': head,
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
