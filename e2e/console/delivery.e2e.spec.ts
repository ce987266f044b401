import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIResponse, Locator } from 'playwright-core';
import { freePorts } from '@rewards/testing/free-ports';
import { Inventory } from '@rewards/testing/inventory';
import { until } from '@rewards/testing/until';
import { deliveryStatusTexts } from '../../console/src/app/components/delivery-status-texts';
import { alertTexts } from '../../console/src/app/delivery/alert-texts';
import { endpointTexts } from '../../console/src/app/delivery/endpoint-texts';
import { deliveryTexts } from '../../console/src/app/delivery/texts';
import { kindTexts } from '../../console/src/app/event/texts';
import { exportTexts } from '../../console/src/app/table/export-texts';
import { codeTexts } from '../../console/src/shared/i18n/codes';
import { LANGUAGES } from '../../console/src/shared/i18n/texts';
import { playTexts } from '../../console/src/play/texts';
import type { Client } from '../testing/client';
import { describeInBrowser } from './browser';
import { focused, PATIENCE, Stage, type Person } from './stage';

type Status = 'DELIVERED' | 'PARKED' | 'ABANDONED';

const ENDPOINTS = '/console/deliveries?tab=endpoints';

describeInBrowser('the story of deliveries in the console', () => {
  const stage = new Stage();
  let directory: string;
  let inventory: Inventory | undefined;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'inventory-'));
    await stage.start({ DELIVERY_ALLOW_PRIVATE: 'on' });
  }, 120_000);
  afterAll(async () => {
    await stage.stop();
    await inventory?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Starts the game with the secret of its endpoint, in place of the one before. It keeps what it holds. */
  const startGame = async (name: string, port: number, secret: string): Promise<Inventory> => {
    await inventory?.stop();
    inventory = await Inventory.start({ secrets: [secret], file: join(directory, `${name}.db`), port });
    return inventory;
  };

  /** A player who has completed an event, and can claim its potions one amount at a time. */
  const winner = async (): Promise<Winner> => {
    const eventId = await stage.event({ name: 'Once', condition: { type: 'LOGIN_COUNT', count: 1 } });
    const { client, accountId } = await stage.player(1);
    await stage.counted(client, eventId, 1);
    await client.post(`/events/${eventId}/completion`, {});
    const reaches = async (amount: number, status: Status): Promise<string> => {
      const read = async () => (await stage.auditor.get(`/deliveries?accountId=${accountId}`)).body.data as Delivery[];
      const isReached = (row: Delivery): boolean => row.amount === amount && row.status === status;
      const found = await until(`${amount} to be ${status}`, read, (rows) => rows.some(isReached), PATIENCE);
      return found.find(isReached)?.deliveryId ?? '';
    };
    const claim = async (amount: number, status: Status): Promise<string> => {
      await client.post(`/events/${eventId}/claims`, { requestId: `r-${amount}`, rewardName: 'potion', amount });
      return reaches(amount, status);
    };
    return { client, accountId, claim, reaches };
  };

  it.each(LANGUAGES)(
    'adds the game, tests it, rotates its secret, and follows a reward to the game, in %s',
    async (language) => {
      const name = `Game ${language}`;
      const [port = 0] = await freePorts(1);
      const admin = await stage.signIn(stage.admin, ENDPOINTS, { language });
      const { say, page } = admin;
      await addEndpoint(admin, name, `http://127.0.0.1:${port}/rewards`);
      const [secret = '', publicKey] = await readKeys(admin, name);
      expect(publicKey).toMatch(/^whpk_/);

      await startGame(name, port, secret);
      const test = admin.role('dialog', say(endpointTexts, 'testTitle', { name }));
      await act(admin, name, 'test');
      await admin.sees(say(endpointTexts, 'testGood'), test);
      await admin.button(say(endpointTexts, 'close'), test).first().click();

      await act(admin, name, 'rotate');
      const rotate = admin.role('dialog', say(endpointTexts, 'rotateTitle', { name }));
      await admin.sees(say(endpointTexts, 'rotateBoth'), rotate);
      await admin.button(say(endpointTexts, 'rotate'), rotate).click();
      const [rotated = ''] = await readKeys(admin, name);
      expect(rotated).not.toBe(secret);

      admin.watch.allow(/^answer: 409 POST .*rotate-secret/);
      await act(admin, name, 'rotate');
      await admin.button(say(endpointTexts, 'rotate'), rotate).click();
      await admin.sees(say(codeTexts, 'ROTATION_RUNNING'), rotate);
      await admin.press('Escape');
      await rotate.waitFor({ state: 'hidden' });

      const game = await startGame(name, port, rotated);
      const { accountId, claim } = await winner();
      const deliveryId = await claim(5, 'DELIVERED');
      expect(await game.ledger()).toMatchObject([{ deliveryId, accountId, amount: 5, times: 1, messages: 1 }]);
      const panel = await openDelivery(admin, deliveryId, 5);
      await admin.sees(say(deliveryStatusTexts, 'DELIVERED'), panel);
      await admin.sees(say(deliveryTexts, 'stepReference', { reference: 'grant-1' }), panel);

      await page.goto(ENDPOINTS);
      await act(admin, name, 'remove');
      const remove = admin.role('dialog', say(endpointTexts, 'removeTitle', { name }));
      await admin.sees(say(endpointTexts, 'removeNone'), remove);
      await remove.getByRole('textbox').fill(name);
      await admin.button(say(endpointTexts, 'remove'), remove).click();
      await admin.sees(say(endpointTexts, 'none'));
      await admin.leave();
    },
    240_000,
  );

  it('shows a refused address at its field', async () => {
    const admin = await stage.signIn(stage.admin, ENDPOINTS);
    admin.watch.allow(/^answer: 422 POST/);
    await addEndpoint(admin, 'Metadata', 'https://169.254.169.254/latest');
    const dialog = admin.role('dialog', admin.say(endpointTexts, 'addTitle'));
    await admin.sees(admin.say(codeTexts, 'ADDRESS_REFUSED'), dialog);
    const url = dialog.getByLabel(admin.say(endpointTexts, 'url'), { exact: true });
    expect(await url.getAttribute('aria-invalid')).toBe('true');
    await admin.leave();
  }, 120_000);

  describe('with a game', () => {
    let game: Inventory;
    beforeAll(async () => {
      const [port = 0] = await freePorts(1);
      const url = `http://127.0.0.1:${port}/rewards`;
      const { body } = await stage.admin.post('/delivery-endpoints', { name: 'Game', kind: 'WEBHOOK', url });
      game = await startGame('game', port, body.data.secret);
    }, 60_000);

    it('resends what was parked for a full inventory: after a login, or all of it at once', async () => {
      const { client, accountId, claim, reaches } = await winner();
      await game.control({ full: [accountId] });
      const ofLogin = await claim(1, 'PARKED');
      await game.control({ full: [] });
      const loginId = await client.logIn();
      await reaches(1, 'DELIVERED');
      await game.control({ full: [accountId] });
      const ofOperator = await claim(2, 'PARKED');

      const operator = await stage.signIn(stage.operator);
      const { say } = operator;
      await operator.sees(say(alertTexts, 'title'));
      await operator.role('link', say(alertTexts, 'parked', { count: 1, shown: '1' })).click();
      await operator.role('heading', say(deliveryTexts, 'title')).waitFor();
      await operator.sees(say(deliveryStatusTexts, 'INVENTORY_FULL'));

      await game.control({ full: [] });
      await operator.button(`${say(deliveryTexts, 'resendAll')} …`).click();
      const dialog = operator.role('dialog', say(deliveryTexts, 'resendAllTitle', { count: 1, shown: '1' }));
      await operator.button(say(deliveryTexts, 'resend'), dialog).click();
      await operator.sees(say(deliveryTexts, 'resentAll', { count: 1, shown: '1' }));
      await reaches(2, 'DELIVERED');

      const byOperator = await openDelivery(operator, ofOperator, 2);
      for (const step of ['stepPARKED', 'stepRESENT', 'stepDELIVERED'] as const)
        await operator.sees(say(deliveryTexts, step, { attempt: 1 }), byOperator);
      await operator.role('link', stage.operator.credentials.email, byOperator).waitFor();
      const byLogin = await openDelivery(operator, ofLogin, 1);
      await operator.sees(say(deliveryTexts, 'stepByLogin'), byLogin);
      await operator.sees(loginId, byLogin);
      await operator.leave();
      expect(await playerSees(client, 'DELIVERED')).toBe(2);
    }, 240_000);

    it('exports what the filters select, resends a delivered one with a reason, and abandons one for good', async () => {
      const { client, accountId, claim, reaches } = await winner();
      const deliveredId = await claim(3, 'DELIVERED');
      await game.control({ full: [accountId] });
      const parkedId = await claim(4, 'PARKED');

      const operator = await stage.signIn(stage.operator);
      const { say, page } = operator;
      // With the browser's own dialog for files, a test cannot choose one.
      await page.addInitScript(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
      await page.goto(`/console/deliveries?accountId=${accountId}&status=PARKED`);
      await operator.sees(say(deliveryStatusTexts, 'INVENTORY_FULL'));
      const [download] = await Promise.all([page.waitForEvent('download'), operator.button(say(exportTexts, 'export')).click()]);
      const [, ...rows] = readFileSync(await download.path(), 'utf8')
        .trim()
        .split('\r\n');
      expect(rows.map((row) => row.split(',')[0])).toEqual([parkedId]);

      const delivered = await openDelivery(operator, deliveredId, 3);
      await operator.button(`${say(deliveryTexts, 'resend')} …`, delivered).click();
      const force = operator.role('dialog', say(deliveryTexts, 'resendTitle'));
      await operator.sees(say(deliveryTexts, 'forceEffect'), force);
      await giveReason(operator, force, 'force', 'The player does not see it');
      await operator.sees(say(deliveryTexts, 'stepReason', { reason: 'The player does not see it' }), delivered);
      const held = async () => (await game.ledger()).find(({ deliveryId }) => deliveryId === deliveredId);
      // The game gets it a second time, and grants it once.
      await until('the second message', held, (line) => line?.messages === 2, PATIENCE);
      expect(await held()).toMatchObject({ amount: 3, times: 1 });

      const parked = await openDelivery(operator, parkedId, 4);
      await operator.button(`${say(deliveryTexts, 'abandon')} …`, parked).click();
      const abandon = operator.role('dialog', say(deliveryTexts, 'abandonTitle'));
      await giveReason(operator, abandon, 'abandon', 'Compensated by mail');
      await operator.sees(say(deliveryTexts, 'stepReason', { reason: 'Compensated by mail' }), parked);
      await operator.sees(say(deliveryStatusTexts, 'ABANDONED'), parked);
      await operator.button(`${say(deliveryTexts, 'abandon')} …`, parked).waitFor({ state: 'detached' });
      await operator.leave();

      // Neither room nor a login sends it again.
      await game.control({ full: [] });
      await client.logIn();
      await claim(5, 'DELIVERED');
      await reaches(4, 'ABANDONED');
      expect(await playerSees(client, 'ABANDONED')).toBe(1);
    }, 240_000);

    it('pauses, changes and resumes an endpoint', async () => {
      const admin = await stage.signIn(stage.admin, ENDPOINTS);
      const { say } = admin;
      const confirm = async (action: 'pause' | 'resume'): Promise<void> => {
        await act(admin, 'Game', action);
        const dialog = admin.role('dialog', say(endpointTexts, `${action}Title`, { name: 'Game' }));
        await admin.button(say(endpointTexts, action), dialog).click();
        await dialog.waitFor({ state: 'hidden' });
      };
      await confirm('pause');
      await admin.sees(say(endpointTexts, 'pausedHelp'));

      await act(admin, 'Game', 'change');
      const change = admin.role('dialog', say(endpointTexts, 'changeTitle', { name: 'Game' }));
      await change.getByLabel(say(endpointTexts, 'maxPerSecond'), { exact: true }).fill('7');
      await admin.button(say(endpointTexts, 'save'), change).click();
      await change.waitFor({ state: 'hidden' });
      await admin.sees(new RegExp(say(endpointTexts, 'perSecond', { shown: '7' })));

      await confirm('resume');
      await admin.text(say(endpointTexts, 'pausedHelp')).waitFor({ state: 'detached' });
      await admin.sees(say(endpointTexts, 'ACTIVE'));
      await admin.leave();
    }, 120_000);

    it('shows types that are taken at their field, also if they were taken meanwhile', async () => {
      const admin = await stage.signIn(stage.admin, ENDPOINTS);
      const { say, page } = admin;
      admin.watch.allow(/^answer: 409 POST/);
      // The page does not see the endpoints that are added from now on.
      let seen: APIResponse | undefined;
      await page.route(/\/delivery-endpoints$/, async (route) => {
        if (route.request().method() !== 'GET') return route.continue();
        seen ??= await route.fetch();
        return route.fulfill({ response: seen });
      });
      await page.reload();
      await admin.role('heading', 'Game').waitFor();
      await addEndpoint(admin, 'Second', 'https://game.example.com/rewards');
      const dialog = admin.role('dialog', say(endpointTexts, 'addTitle'));
      const types = admin.role('group', say(endpointTexts, 'types'), dialog);
      const first = types.getByRole('checkbox').first();
      await admin.sees(say(endpointTexts, 'othersTaken', { name: 'Game' }), dialog);
      expect(await descriptionOf(first)).toContain(say(endpointTexts, 'othersTaken', { name: 'Game' }));

      const { body } = await stage.admin.post('/delivery-endpoints', { name: 'Bus', kind: 'BUS', rewardTypes: ['POINT'] });
      await types.getByLabel(say(kindTexts, 'POINT'), { exact: true }).check();
      await admin.button(say(endpointTexts, 'addTitle'), dialog).click();
      await admin.sees(say(codeTexts, 'TYPE_TAKEN'), dialog);
      expect(await descriptionOf(first)).toContain(say(codeTexts, 'TYPE_TAKEN'));
      await focused(first);
      await stage.admin.post(`/delivery-endpoints/${body.data.id}/remove`);
      await admin.leave();
    }, 120_000);

    /** Returns how many received rewards of a player are shown with a state. */
    const playerSees = async ({ credentials }: Client, status: Status): Promise<number> => {
      const player = await stage.open('/play');
      await player.page.locator('input[type=email]').fill(credentials.email);
      await player.page.locator('input[type=password]').fill(credentials.password);
      await player.page.locator('button[type=submit]').click();
      await player.role('link', player.say(playTexts, 'claims')).click();
      const text = player.say(playTexts, `delivery${status}`);
      await player.sees(text);
      const count = await player.page.getByText(text).count();
      await player.leave();
      return count;
    };
  });
});

interface Delivery {
  readonly deliveryId: string;
  readonly amount: number;
  readonly status: Status;
}

interface Winner {
  readonly client: Client;
  readonly accountId: string;
  /** Claims potions, and waits until their delivery has a status. @returns the id of the delivery */
  readonly claim: (amount: number, status: Status) => Promise<string>;
  readonly reaches: (amount: number, status: Status) => Promise<string>;
}

/** Opens the panel of a delivery of potions. */
const openDelivery = async ({ page, say }: Person, deliveryId: string, amount: number): Promise<Locator> => {
  await page.goto(`/console/deliveries?delivery=${deliveryId}`);
  const panel = page.getByRole('dialog', { name: say(deliveryTexts, 'deliveryOf', { amount, name: 'potion' }), exact: true });
  await panel.waitFor();
  return panel;
};

/** Returns what describes a control: its help, and what is wrong with it. */
const descriptionOf = (control: Locator): Promise<string> =>
  control.evaluate((element) => {
    const ids = element.getAttribute('aria-describedby')?.split(' ') ?? [];
    return ids.map((id) => document.getElementById(id)?.textContent).join(' ');
  });

/** Confirms an action in its dialog, which asks for a reason. */
const giveReason = async (operator: Person, dialog: Locator, action: 'force' | 'abandon', reason: string): Promise<void> => {
  const { say } = operator;
  await operator.button(say(deliveryTexts, action), dialog).click();
  await operator.sees(say(deliveryTexts, 'reasonMissing'), dialog);
  await dialog.getByRole('textbox').fill(reason);
  await operator.button(say(deliveryTexts, action), dialog).click();
  await dialog.waitFor({ state: 'hidden' });
};

/** Fills in the form of a new endpoint, and sends it. */
const addEndpoint = async (admin: Person, name: string, url: string): Promise<void> => {
  const { page, say } = admin;
  await admin.button(`${say(endpointTexts, 'add')} …`).click();
  const dialog = admin.role('dialog', say(endpointTexts, 'addTitle'));
  await dialog.getByLabel(say(endpointTexts, 'name'), { exact: true }).fill(name);
  await dialog.getByLabel(say(endpointTexts, 'url'), { exact: true }).fill(url);
  await page.keyboard.press('Enter');
};

/** Reads the keys that are shown once, copies the secret, and closes the dialog. */
const readKeys = async (admin: Person, name: string): Promise<readonly string[]> => {
  const { page, say } = admin;
  const dialog = admin.role('dialog', say(endpointTexts, 'secretTitle', { name }));
  await admin.sees(say(endpointTexts, 'secretOnce'), dialog);
  // It cannot be shown again, so Escape does not close it.
  await page.keyboard.press('Escape');
  const keys = await dialog.locator('code').allTextContents();
  await admin.button(say(endpointTexts, 'copySecret'), dialog).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(keys[0]);
  await admin.button(say(endpointTexts, 'stored'), dialog).click();
  await dialog.waitFor({ state: 'hidden' });
  return keys;
};

const act = (
  admin: Person,
  name: string,
  action: 'test' | 'change' | 'rotate' | 'pause' | 'resume' | 'remove',
): Promise<void> => {
  const actions = admin.role('group', admin.say(endpointTexts, 'actionsOf', { name }));
  return admin.button(admin.say(endpointTexts, action), actions).click();
};
