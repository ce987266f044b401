import type { LoginEvent } from '@rewards/contracts';
import type { OpenDeliveries } from './open-deliveries';
import type { OpenDelivery, OpenDeliveryDocument } from './open-delivery';
import type { Outcomes } from './outcomes';

/** Players that are known by their ids. Beyond them, the index is asked at each login. */
const MAX_ACCOUNTS = 10_000;
/** Players whose parked deliveries are read at once, and deliveries that are resent at once. */
const ACCOUNTS = 200;
const RESENDS = 32;

/** A login after which the deliveries of a full inventory are sent again. */
interface Login {
  readonly loginId: string;
  /** Deliveries that were resent for it. */
  readonly resent: Set<string>;
}

export interface FullInventoriesContext {
  readonly index: OpenDeliveries;
  readonly outcomes: Outcomes;
  /** Reads a document of the index as of now. */
  readonly deliveryOf: (document: OpenDeliveryDocument) => OpenDelivery;
  /** The deliveries in memory, which are newer than their documents. */
  readonly inMemory: () => Iterable<OpenDelivery>;
  /** Whether a delivery ended, although it has a document. */
  readonly hasEnded: (deliveryId: string) => boolean;
  /** Repeats what needs an engine until it answers. */
  readonly retrying: <T>(task: () => Promise<T>) => Promise<T>;
}

/** Players whose inventory is full: their next login resends what is parked for it. */
export class FullInventories {
  private readonly logins = new Map<string, Login>();

  /** @param accounts the players; null if there are too many to know them */
  private constructor(
    private readonly context: FullInventoriesContext,
    private accounts: Set<string> | null,
  ) {}

  /** Reads the players from the index. @throws errors of the engine */
  static async open(context: FullInventoriesContext): Promise<FullInventories> {
    return new FullInventories(context, await context.index.accountsWithFullInventory(MAX_ACCOUNTS));
  }

  /** Adds a player, for whom a delivery is parked. */
  add(accountId: string): void {
    this.accounts?.add(accountId);
    if ((this.accounts?.size ?? 0) > MAX_ACCOUNTS) this.accounts = null;
  }

  foldLogin({ type, data }: LoginEvent): void {
    if (type !== 'LoggedIn') return;
    if (this.accounts && !this.accounts.has(data.accountId)) return;
    this.logins.set(data.accountId, { loginId: data.loginId, resent: new Set() });
  }

  /** Notes that a delivery was resent for a login, by this dispatcher or an earlier one. */
  foldResent({ accountId, deliveryId, loginId }: { accountId: string; deliveryId: string; loginId?: string }): void {
    const login = this.logins.get(accountId);
    if (login?.loginId === loginId) login?.resent.add(deliveryId);
  }

  /** Resends what is parked for the players who have logged in since. */
  async resendAfterLogins(): Promise<void> {
    if (this.logins.size === 0) return;
    const { outcomes, hasEnded, retrying } = this.context;
    const parked = await this.parkedOfLogins();
    const resends = parked.flatMap((delivery) => {
      const { accountId, deliveryId } = delivery.source;
      const login = this.logins.get(accountId);
      return login && !login.resent.has(deliveryId) && !hasEnded(deliveryId) ? [{ delivery, loginId: login.loginId }] : [];
    });
    for (let first = 0; first < resends.length; first += RESENDS) {
      const page = resends.slice(first, first + RESENDS);
      await Promise.all(page.map(({ delivery, loginId }) => retrying(() => outcomes.resend(delivery, loginId))));
    }
    for (const accountId of this.logins.keys()) this.accounts?.delete(accountId);
    this.logins.clear();
  }

  /** Forgets the logins of other players, where all logins are kept because too many inventories are full. */
  async forgetOtherLogins(): Promise<void> {
    if (this.accounts || this.logins.size === 0) return;
    const accounts = new Set((await this.parkedOfLogins()).map(({ source }) => source.accountId));
    for (const accountId of [...this.logins.keys()]) if (!accounts.has(accountId)) this.logins.delete(accountId);
  }

  /** Returns the deliveries that are parked for a full inventory of the players who have logged in. */
  private async parkedOfLogins(): Promise<readonly OpenDelivery[]> {
    const { index, deliveryOf, inMemory, retrying } = this.context;
    const parked = new Map<string, OpenDelivery>();
    const accounts = [...this.logins.keys()];
    for (let first = 0; first < accounts.length; first += ACCOUNTS) {
      const page = accounts.slice(first, first + ACCOUNTS);
      const documents = await retrying(() => index.parkedForAccounts(page, MAX_ACCOUNTS));
      for (const document of documents) parked.set(document.deliveryId, deliveryOf(document));
    }
    for (const delivery of inMemory()) {
      const { accountId, deliveryId } = delivery.source;
      if (!this.logins.has(accountId)) continue;
      if (delivery.state.parkedFor === 'INVENTORY_FULL') parked.set(deliveryId, delivery);
      else parked.delete(deliveryId);
    }
    return [...parked.values()];
  }
}
