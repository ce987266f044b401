import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The types of the rewards in the demo. */
const REWARD_TYPES = ['ITEM', 'COUPON', 'CURRENCY'];
const DELIVERED_WITHIN_MS = 30_000;
const POLL_MS = 100;

/**
 * The steps of the demo in which rewards reach a game. They are skipped if the system does not send to this machine, or already
 * delivers these types.
 */
export class DemoDelivery {
  #inventory = null;
  #endpointId = null;

  /** @param page prints steps, notes, requests and tables */
  constructor({ system, page, texts, admin, operator, run }) {
    Object.assign(this, { system, page, texts, admin, operator, run });
  }

  /** Whether the grants of the demo are delivered. */
  get isOn() {
    return this.#endpointId !== null;
  }

  /** Adds an endpoint for the inventory, starts the inventory, and tests the endpoint. */
  async add() {
    const { system, page, texts, admin } = this;
    page.step(texts.addEndpoint());
    const { data: endpoints } = await system.send('GET', '/delivery-endpoints', { token: this.operator, expected: 200 });
    if (endpoints.some(({ rewardTypes }) => !rewardTypes || rewardTypes.some((type) => REWARD_TYPES.includes(type))))
      return page.note(texts.typesTaken());

    // Loaded here, because it is built only when the system runs.
    const require = createRequire(import.meta.url);
    const { freePorts } = require('@rewards/testing/free-ports');
    const { Inventory } = require('@rewards/testing/inventory');
    // The endpoint needs the port before its secret is known, with which the inventory starts.
    const [port] = await freePorts(1);
    const endpoint = { kind: 'WEBHOOK', url: `http://127.0.0.1:${port}/rewards`, rewardTypes: REWARD_TYPES };
    const added = await page.call('POST', '/delivery-endpoints', {
      token: admin,
      body: { name: `${texts.gameName} ${this.run}`, ...endpoint },
      shown: endpoint,
      members: ['name', 'state'],
    });
    if (added.answer.code === 'ADDRESS_REFUSED') return page.note(texts.addressRefused());
    if (added.answer.code === 'TYPE_TAKEN') return page.note(texts.typesTaken());
    system.check(added.status, 201, added.answer);
    this.#endpointId = added.data.id;
    const folder = mkdtempSync(join(tmpdir(), 'demo-inventory-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    this.#inventory = await Inventory.start({ secrets: [added.data.secret], file: join(folder, 'inventory.db'), port });

    const test = { token: admin, expected: 200, members: ['status'] };
    const { data: tested } = await page.call('POST', `/delivery-endpoints/${added.data.id}/test`, test);
    if (tested.error === null) return;
    page.note(texts.notReached(tested.error));
    await this.end();
  }

  /**
   * Waits until the game holds what a player was granted, and shows it.
   * @param granted the amount of each reward, with its event
   */
  async showReceived(accountId, granted) {
    const { system, page, texts } = this;
    page.step(texts.received());
    const rows = [];
    for (const { eventId, rewardName, amount } of granted) {
      const ofReward = (all) => all.filter((delivery) => delivery.rewardName === rewardName && delivery.status === 'DELIVERED');
      const deliveries = ofReward(
        await this.#deliveriesOf(`accountId=${accountId}&eventId=${eventId}`, (all) => sumOf(ofReward(all)) === amount),
      );
      const held = await this.#heldOf(deliveries);
      system.check([sumOf(held), held.length], [amount, deliveries.length]);
      rows.push([rewardName, texts.amount(sumOf(held)), texts.deliveries(held.length), 'DELIVERED']);
    }
    page.table(rows);
  }

  /**
   * Shows a delivery that the game cannot accept, because the inventory of the player is full, until the next login resends it.
   * @param claim claims a reward, and returns its `claimId`
   */
  async showFull(accountId, { claim, logIn }) {
    const { system, page, texts } = this;
    page.step(texts.full());
    await this.#inventory.control({ full: [accountId] });
    const claimId = await claim();
    const find = async (status) => {
      const isReached = (delivery) => delivery.claimId === claimId && delivery.status === status;
      return (await this.#deliveriesOf(`accountId=${accountId}`, (all) => all.some(isReached))).find(isReached);
    };
    const parked = await find('PARKED');
    page.table([[parked.rewardName, texts.amount(parked.amount), parked.status, parked.parkedFor]]);
    system.check([parked.parkedFor, await this.#heldOf([parked])], ['INVENTORY_FULL', []]);

    page.note(texts.room());
    await this.#inventory.control({ full: [] });
    await logIn();
    const delivered = await find('DELIVERED');
    page.table([[delivered.rewardName, texts.amount(delivered.amount), delivered.status, delivered.reference]]);
    system.check(sumOf(await this.#heldOf([delivered])), delivered.amount);
  }

  /**
   * Removes the endpoint when none of its deliveries is open, and ends the inventory.
   * @returns the position of the removal
   */
  async remove() {
    this.page.step(this.texts.removeEndpoint());
    const path = `/delivery-endpoints/${this.#endpointId}`;
    await this.#until(
      () => this.system.send('GET', path, { token: this.operator }),
      ({ pending, parked }) => pending + parked === 0,
    );
    const { position } = await this.page.call('POST', `${path}/remove`, { token: this.admin, expected: 200 });
    this.#endpointId = null;
    await this.end();
    return position;
  }

  /** Undoes what was added, however the demo ends. */
  async end() {
    const endpointId = this.#endpointId;
    this.#endpointId = null;
    if (endpointId !== null)
      await this.system.send('POST', `/delivery-endpoints/${endpointId}/remove`, { token: this.admin, expected: 200 });
    await this.#inventory?.stop();
  }

  /** Waits until the deliveries that match a query are as expected. */
  #deliveriesOf(query, isReached) {
    return this.#until(() => this.system.send('GET', `/deliveries?${query}&limit=100`, { token: this.operator }), isReached);
  }

  #until(read, isReached) {
    return this.system.until(read, isReached, {
      withinMs: DELIVERED_WITHIN_MS,
      everyMs: POLL_MS,
      late: this.texts.notDelivered(),
    });
  }

  /** Returns what the game holds for some deliveries. */
  async #heldOf(deliveries) {
    const ids = new Set(deliveries.map(({ deliveryId }) => deliveryId));
    return (await this.#inventory.ledger()).filter(({ deliveryId }) => ids.has(deliveryId));
  }
}

const sumOf = (rows) => rows.reduce((sum, { amount }) => sum + amount, 0);
