import { offline, problemOf } from '../api/problem';

export interface Identity {
  readonly accountId: string;
  readonly email: string;
  readonly roles: readonly string[];
}

export type SessionState =
  /** The cookie has not been tried yet. */
  | { readonly status: 'unknown' }
  | { readonly status: 'signed-out'; readonly hasEnded: boolean }
  | { readonly status: 'signed-in'; readonly identity: Identity };

interface Grant {
  readonly accessToken: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

type Message = { readonly type: 'wanted' } | { readonly type: 'granted'; readonly grant: Grant } | { readonly type: 'ended' };

/** A token is replaced when it has less time left than this. */
const RENEW_BEFORE_MS = 30_000;
/** How long a tab waits for the token that another tab has just received. */
const HANDOVER_MS = 300;

/**
 * The session of one browser. The access token is kept in memory only, and the refresh token in a cookie that no script can read.
 * All tabs share one refresh: the first one holds a lock while it refreshes, and gives the token to the others.
 */
export class Session {
  private grant: Grant | null = null;
  private state: SessionState = { status: 'unknown' };
  private readonly listeners = new Set<() => void>();
  private readonly channel: BroadcastChannel;
  /** Key of the mark that this browser has a session. */
  private readonly mark: string;

  /** @param path of the session routes, `/console/session` or `/play/session` */
  constructor(private readonly path: string) {
    this.mark = `login-rewards:${path}`;
    this.channel = new BroadcastChannel(this.mark);
    this.channel.onmessage = ({ data }: MessageEvent<Message>) => this.onMessage(data);
  }

  readonly current = (): SessionState => this.state;

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Continues the session of the cookie, if there is one. */
  async resume(): Promise<void> {
    // Without the mark there is no cookie, and asking for a token would only be refused.
    if (localStorage.getItem(this.mark) !== null) await this.token();
    if (this.state.status === 'unknown') this.become({ status: 'signed-out', hasEnded: false });
  }

  /** @returns the body of the answer @throws ApiProblem */
  async signIn(email: string, password: string): Promise<Record<string, unknown>> {
    const body = await this.post('', { email, password });
    this.accept(body);
    this.send({ type: 'granted', grant: this.grant as Grant });
    return body;
  }

  /** Ends the session everywhere in this browser. @throws ApiProblem if the cookie could not be removed */
  async signOut(): Promise<void> {
    await this.post('/end');
    this.end(false);
    this.send({ type: 'ended' });
  }

  /** Returns a token that is valid for the next seconds; null if there is no session. @throws ApiProblem if it cannot be renewed now */
  async token(): Promise<string | null> {
    if (this.isFresh()) return (this.grant as Grant).accessToken;
    if (this.state.status === 'signed-out') return null;
    await this.renew();
    return this.grant?.accessToken ?? null;
  }

  /** Replaces a token that a service has refused. */
  async replace(refused: string): Promise<string | null> {
    if (this.grant?.accessToken === refused) this.grant = null;
    return this.token();
  }

  private isFresh(): boolean {
    return this.grant !== null && this.grant.expiresAt - Date.now() > RENEW_BEFORE_MS;
  }

  private async renew(): Promise<void> {
    await navigator.locks.request(this.mark, async () => {
      if (this.isFresh()) return;
      await this.askOtherTabs();
      if (this.isFresh()) return;
      try {
        this.accept(await this.post('/refresh'));
        this.send({ type: 'granted', grant: this.grant as Grant });
      } catch (error) {
        if ((error as { status?: number }).status !== 401) throw error;
        this.end(this.state.status === 'signed-in');
      }
    });
  }

  /** Waits a moment for a token of another tab. */
  private askOtherTabs(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.listeners.delete(done);
        resolve();
      };
      const timer = setTimeout(done, HANDOVER_MS);
      this.listeners.add(done);
      this.send({ type: 'wanted' });
    });
  }

  private onMessage(message: Message): void {
    switch (message.type) {
      case 'wanted':
        if (this.isFresh()) this.send({ type: 'granted', grant: this.grant as Grant });
        break;
      case 'granted':
        if (message.grant.expiresAt > (this.grant?.expiresAt ?? 0)) this.keep(message.grant);
        break;
      case 'ended':
        this.end(false);
    }
  }

  private accept(body: Record<string, unknown>): void {
    const { accessToken, expiresIn } = body as { accessToken: string; expiresIn: number };
    this.keep({ accessToken, expiresAt: Date.now() + expiresIn * 1_000 });
  }

  private keep(grant: Grant): void {
    this.grant = grant;
    localStorage.setItem(this.mark, 'on');
    this.become({ status: 'signed-in', identity: identityOf(grant.accessToken) });
  }

  private end(hasEnded: boolean): void {
    this.grant = null;
    localStorage.removeItem(this.mark);
    this.become({ status: 'signed-out', hasEnded });
  }

  private become(state: SessionState): void {
    const isSame = JSON.stringify(state) === JSON.stringify(this.state);
    if (!isSame) this.state = state;
    for (const listener of [...this.listeners]) listener();
  }

  private send(message: Message): void {
    this.channel.postMessage(message);
  }

  private async post(path: string, body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.path}${path}`, {
      method: 'POST',
      credentials: 'same-origin',
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    }).catch(() => {
      throw offline();
    });
    const answer = (await response.json().catch(() => null)) as { data?: Record<string, unknown> } | null;
    if (!response.ok) throw problemOf(answer, response);
    return answer?.data ?? {};
  }
}

/** Reads the identity of an access token. The services verify it; here it only decides what is shown. */
const identityOf = (token: string): Identity => {
  const [, payload = ''] = token.split('.');
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
  const { sub, email, roles } = JSON.parse(new TextDecoder().decode(bytes)) as { sub: string; email: string; roles: string[] };
  return { accountId: sub, email, roles };
};
